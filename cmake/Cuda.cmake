# What a libcaffe with CUDA needs beside its own: Caffe's headers include those of cuBLAS and cuRAND, and its inline
# code calls the CUDA run-time. cuDNN and NCCL are not looked for: only Caffe's own sources need them.

if(NOT CUDAToolkit_ROOT AND DEFINED ENV{CUDA_HOME})
  set(CUDAToolkit_ROOT "$ENV{CUDA_HOME}")
endif()
string(CONCAT cuda_advice
  "${LIBCAFFE} was built with CUDA, so the addon needs the CUDA toolkit of the same major version.\n"
  "Install it and put nvcc into PATH, or name its folder:\n"
  "CUDA_HOME=/path/to/cuda CAFFE_ROOT=${CAFFE_ROOT} npm run build")
find_package(CUDAToolkit QUIET)
if(NOT CUDAToolkit_FOUND)
  message(FATAL_ERROR "No CUDA toolkit found.\n" ${cuda_advice})
endif()

foreach(header IN ITEMS cuda_runtime.h driver_types.h cublas_v2.h curand.h)
  unset(cuda_dir)
  find_path(cuda_dir NAMES ${header} HINTS ${include_dirs} ${CUDAToolkit_INCLUDE_DIRS} NO_CACHE)
  if(NOT cuda_dir)
    message(FATAL_ERROR "The CUDA toolkit in ${CUDAToolkit_INCLUDE_DIRS} has no <${header}>.\n" ${cuda_advice})
  endif()
  target_include_directories(libcaffe_headers SYSTEM INTERFACE "${cuda_dir}")
endforeach()

# The very libcudart that the library asks for; a library that has it built in asks for none.
set(soname "${needed}")
list(FILTER soname INCLUDE REGEX "^libcudart\\.so")
set(cudart CUDA::cudart)
if(soname)
  unset(cudart)
  find_file(cudart NAMES ${soname} PATHS ${LIBCAFFE_LIBRARY_DIRS} ${CUDAToolkit_LIBRARY_DIR} NO_DEFAULT_PATH NO_CACHE)
  find_library(cudart NAMES ${soname} NO_CACHE)
  if(NOT cudart)
    message(FATAL_ERROR
      "${LIBCAFFE} needs ${soname}, which is neither beside it nor in ${CUDAToolkit_LIBRARY_DIR}.\n" ${cuda_advice})
  endif()
endif()
target_link_libraries(libcaffe INTERFACE "${cudart}")
list(APPEND LIBCAFFE_LIBRARY_DIRS "${CUDAToolkit_LIBRARY_DIR}")

# cuBLAS and cuRAND may lie in folders of their own. Where they are not found at all, the system's loader may know them.
foreach(name IN ITEMS cublas curand)
  set(soname "${needed}")
  list(FILTER soname INCLUDE REGEX "^lib${name}\\.so")
  if(soname)
    unset(file)
    find_file(file NAMES ${soname} PATHS ${CUDAToolkit_LIBRARY_DIR} "$ENV{CUDA_HOME}/lib64" "$ENV{CUDA_HOME}/lib"
      NO_DEFAULT_PATH NO_CACHE)
    if(file)
      get_filename_component(folder "${file}" DIRECTORY)
      list(APPEND LIBCAFFE_LIBRARY_DIRS "${folder}")
    endif()
  endif()
endforeach()
list(REMOVE_DUPLICATES LIBCAFFE_LIBRARY_DIRS)
