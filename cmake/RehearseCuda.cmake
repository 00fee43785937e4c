# REHEARSE_CUDA, and with it rehearse::cudnn, rehearse::nccl and CUDA as a language.
#
# On where the CUDA toolkit (12 or 13), cuDNN 9 and NCCL 2 are found. All of them are linked as
# shared libraries; libcudart needs no driver to be loaded, so that the program starts anywhere.

# rehearse_header_version(VARIABLE header major minor): "MAJOR.MINOR" from two #define lines
function(rehearse_header_version variable header major minor)
  set(numbers)
  foreach(name ${major} ${minor})
    file(STRINGS ${header} line REGEX "^#define[ \t]+${name}[ \t]+[0-9]+" LIMIT_COUNT 1)
    string(REGEX REPLACE "^.*[ \t]([0-9]+).*$" "\\1" number "${line}")
    list(APPEND numbers "${number}")
  endforeach()
  string(REPLACE ";" "." version "${numbers}")
  set(${variable} "${version}" PARENT_SCOPE)
endfunction()

# rehearse_imported_library(NAME include_folder library)
function(rehearse_imported_library name include_folder library)
  add_library(rehearse_${name} INTERFACE)
  add_library(rehearse::${name} ALIAS rehearse_${name})
  target_include_directories(rehearse_${name} SYSTEM INTERFACE ${include_folder})
  target_link_libraries(rehearse_${name} INTERFACE ${library})
endfunction()

# Sets `missing` to what a build with CUDA would miss, empty if nothing.
macro(rehearse_find_cuda missing)
  set(${missing})
  find_package(CUDAToolkit 12 QUIET)
  if(NOT CUDAToolkit_FOUND OR NOT CUDAToolkit_NVCC_EXECUTABLE)
    set(${missing} "the CUDA toolkit (12 or newer, with nvcc)")
  else()
    find_path(CUDNN_INCLUDE_DIR cudnn_version.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
    find_library(CUDNN_LIBRARY cudnn HINTS ${CUDAToolkit_LIBRARY_DIR})
    find_path(NCCL_INCLUDE_DIR nccl.h HINTS ${CUDAToolkit_INCLUDE_DIRS})
    find_library(NCCL_LIBRARY nccl HINTS ${CUDAToolkit_LIBRARY_DIR})
    if(CUDNN_INCLUDE_DIR AND CUDNN_LIBRARY)
      rehearse_header_version(REHEARSE_CUDNN_VERSION ${CUDNN_INCLUDE_DIR}/cudnn_version.h
        CUDNN_MAJOR CUDNN_MINOR)
    endif()
    if(NOT REHEARSE_CUDNN_VERSION VERSION_GREATER_EQUAL 9)
      set(${missing} "cuDNN 9")
    elseif(NOT NCCL_INCLUDE_DIR OR NOT NCCL_LIBRARY)
      set(${missing} "NCCL 2")
    elseif(NOT TARGET CUDA::cublasLt)
      set(${missing} "cuBLASLt")
    endif()
  endif()
endmacro()

rehearse_find_cuda(REHEARSE_CUDA_MISSING)
if(REHEARSE_CUDA_MISSING)
  set(cuda_default OFF)
else()
  set(cuda_default ON)
endif()
option(REHEARSE_CUDA "Compute on NVIDIA GPUs" ${cuda_default})
if(NOT REHEARSE_CUDA)
  return()
endif()
if(REHEARSE_CUDA_MISSING)
  message(FATAL_ERROR "REHEARSE_CUDA is ON, but ${REHEARSE_CUDA_MISSING} is not found. "
    "Set CUDAToolkit_ROOT, CUDNN_INCLUDE_DIR and CUDNN_LIBRARY, NCCL_INCLUDE_DIR and NCCL_LIBRARY.")
endif()

# Machine code for each architecture and, of the newest, code that the driver translates for later
# ones. CUDA 13 no longer knows Pascal and Volta; Blackwell came with 12.8.
set(cuda_architectures 80-real 90)
if(CUDAToolkit_VERSION VERSION_GREATER_EQUAL 12.8)
  set(cuda_architectures 80-real 90-real 100)
endif()
if(CUDAToolkit_VERSION VERSION_LESS 13)
  list(PREPEND cuda_architectures 60-real 70-real)
endif()
set(CMAKE_CUDA_ARCHITECTURES ${cuda_architectures} CACHE STRING "GPUs that are compiled for")

set(CMAKE_CUDA_COMPILER ${CUDAToolkit_NVCC_EXECUTABLE} CACHE FILEPATH "nvcc")
if(NOT CMAKE_CUDA_HOST_COMPILER)
  set(CMAKE_CUDA_HOST_COMPILER ${CMAKE_CXX_COMPILER})
endif()
if(CCACHE_PROGRAM AND NOT CMAKE_CUDA_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
enable_language(CUDA)
# CMake 3.25 does not know how to ask nvcc for C++20.
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(CMAKE_CUDA_EXTENSIONS OFF)
set(CMAKE_CUDA_RUNTIME_LIBRARY None)  # who needs it links CUDA::cudart, the shared one

rehearse_header_version(REHEARSE_NCCL_VERSION ${NCCL_INCLUDE_DIR}/nccl.h NCCL_MAJOR NCCL_MINOR)
rehearse_imported_library(cudnn ${CUDNN_INCLUDE_DIR} ${CUDNN_LIBRARY})
rehearse_imported_library(nccl ${NCCL_INCLUDE_DIR} ${NCCL_LIBRARY})
message(STATUS "CUDA ${CUDAToolkit_VERSION}, cuDNN ${REHEARSE_CUDNN_VERSION}, "
  "NCCL ${REHEARSE_NCCL_VERSION} for ${CMAKE_CUDA_ARCHITECTURES}")
