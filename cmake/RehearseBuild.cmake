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

# GCC 12 warns wrongly of overlapping and overlong copies in std::string (GCC bugs 105651, 105329);
# with precompiled headers it no longer knows that these are the library's.
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror
  "$<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds>")
if(REHEARSE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# Headers that nearly every file of a target reads are compiled once for it. The lint reads the files
# without, and so finds what a file does not include itself.
option(REHEARSE_PRECOMPILE "Precompile common headers" ON)
set(REHEARSE_STANDARD_HEADERS <algorithm> <array> <cmath> <cstdint> <functional> <map> <memory>
    <numeric> <optional> <set> <span> <string> <string_view> <vector>)

function(rehearse_precompile target)
  if(REHEARSE_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${REHEARSE_STANDARD_HEADERS} ${ARGN})
    # ccache can use what it has stored only if it sees which precompiled header was read.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  endif()
endfunction()

# rehearse_library(NAME source… [PUBLIC target…] [PRIVATE target…] [PRECOMPILE header…])
function(rehearse_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;PRECOMPILE" ${ARGN})
  add_library(rehearse_${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  add_library(rehearse::${name} ALIAS rehearse_${name})
  target_include_directories(rehearse_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(rehearse_${name} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  rehearse_precompile(rehearse_${name} ${ARG_PRECOMPILE})
endfunction()

# rehearse_test(NAME source… [LINK target…]): one executable per folder, each case known to ctest
function(rehearse_test name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  add_executable(${name}_test ${ARG_UNPARSED_ARGUMENTS})
  target_link_libraries(${name}_test PRIVATE ${ARG_LINK} GTest::gtest_main)
  target_compile_definitions(${name}_test PRIVATE
    REHEARSE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  rehearse_precompile(${name}_test <gtest/gtest.h>)
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}/" DISCOVERY_TIMEOUT 60
    PROPERTIES TIMEOUT 300)
endfunction()
