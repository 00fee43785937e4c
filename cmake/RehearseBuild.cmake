# Compiler settings and the two functions with which every folder declares itself.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# GCC 12 warns wrongly of overlapping copies in std::string (GCC bug 105651).
set(warnings -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${warnings}>"
  "$<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>")
# What nvcc generates for the host is not ours to warn of: it warns itself.
add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>"
  "$<$<COMPILE_LANGUAGE:CUDA>:--expt-relaxed-constexpr>")
if(REHEARSE_SANITIZE)
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${sanitizers}>")
  # GCC 12 sees uninitialized members in what sanitizers insert; the other builds keep the warning.
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-maybe-uninitialized>")
  add_link_options(-fsanitize=address,undefined)
endif()

# rehearse_library(NAME source… [PUBLIC target…] [PRIVATE target…])
function(rehearse_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE" ${ARGN})
  add_library(rehearse_${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(rehearse::${name} ALIAS rehearse_${name})
  target_include_directories(rehearse_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(rehearse_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# rehearse_test(NAME source… [GPU] [LINK target…]): one executable per folder, each case known to
# ctest. Only with GPU it loads CUDA's libraries, which takes longer than most tests.
function(rehearse_test name)
  cmake_parse_arguments(ARG "GPU" "" "LINK" ${ARGN})
  add_executable(${name}_test ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name}_test PRIVATE ${ARG_LINK} GTest::gtest_main)
  if(NOT ARG_GPU)
    set_target_properties(${name}_test PROPERTIES REHEARSE_WITHOUT_GPU ON)
  endif()
  target_compile_definitions(${name}_test PRIVATE
    REHEARSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 300)
endfunction()
