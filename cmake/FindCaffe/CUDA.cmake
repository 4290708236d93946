# What a libcaffe with CUDA needs beside its own: Caffe's headers include those of cuBLAS and cuRAND, and its inline
# code calls the CUDA run-time. cuDNN and NCCL are not looked for: only Caffe's own sources need them. Makes the target
# Caffe::CUDA, which Caffe::caffe then brings along.
function(caffe_find_CUDA found reason)
  set(${found} FALSE PARENT_SCOPE)
  foreach(property IN ITEMS ROOT LIBRARY CPU_ONLY NEEDED LIBRARY_DIRS)
    get_target_property(caffe_${property} Caffe::caffe CAFFE_${property})
  endforeach()
  if(caffe_CPU_ONLY)
    set(${reason} "${caffe_LIBRARY} was built without CUDA (CPU_ONLY)." PARENT_SCOPE)
    return()
  endif()

  if(NOT CUDAToolkit_ROOT AND DEFINED ENV{CUDA_HOME})
    set(CUDAToolkit_ROOT "$ENV{CUDA_HOME}")
  endif()
  string(CONCAT advice
    "${caffe_LIBRARY} was built with CUDA, so the addon needs the CUDA toolkit of the same major version.\n"
    "Install it and put nvcc into PATH, or name its folder:\n"
    "CUDA_HOME=/path/to/cuda CAFFE_ROOT=${caffe_ROOT} npm run build")
  find_package(CUDAToolkit QUIET)
  if(NOT CUDAToolkit_FOUND)
    set(${reason} "No CUDA toolkit found.\n${advice}" PARENT_SCOPE)
    return()
  endif()

  add_library(Caffe::CUDA INTERFACE IMPORTED)
  get_target_property(include_dirs Caffe::caffe INTERFACE_INCLUDE_DIRECTORIES)
  foreach(header IN ITEMS cuda_runtime.h driver_types.h cublas_v2.h curand.h)
    unset(folder)
    find_path(folder NAMES ${header} HINTS ${include_dirs} ${CUDAToolkit_INCLUDE_DIRS} NO_CACHE)
    if(NOT folder)
      set(${reason} "The CUDA toolkit in ${CUDAToolkit_INCLUDE_DIRS} has no <${header}>.\n${advice}" PARENT_SCOPE)
      return()
    endif()
    set_property(TARGET Caffe::CUDA APPEND PROPERTY INTERFACE_INCLUDE_DIRECTORIES "${folder}")
  endforeach()

  # The very libcudart that the library asks for; a library that has it built in asks for none.
  caffe_soname("${caffe_NEEDED}" cudart soname)
  set(cudart CUDA::cudart)
  if(soname)
    unset(cudart)
    find_file(cudart NAMES ${soname} PATHS ${caffe_LIBRARY_DIRS} ${CUDAToolkit_LIBRARY_DIR} NO_DEFAULT_PATH NO_CACHE)
    find_library(cudart NAMES ${soname} NO_CACHE)
    if(NOT cudart)
      string(CONCAT text "${caffe_LIBRARY} needs ${soname}, which is neither beside it nor in ${CUDAToolkit_LIBRARY_DIR}.\n"
        "${advice}")
      set(${reason} "${text}" PARENT_SCOPE)
      return()
    endif()
  endif()
  target_link_libraries(Caffe::CUDA INTERFACE "${cudart}")
  set(library_dirs "${CUDAToolkit_LIBRARY_DIR}")

  # cuBLAS and cuRAND may lie in folders of their own. Where they are not found at all, the system's loader may know them.
  foreach(name IN ITEMS cublas curand)
    caffe_soname("${caffe_NEEDED}" ${name} soname)
    if(soname)
      unset(file)
      find_file(file NAMES ${soname} PATHS ${CUDAToolkit_LIBRARY_DIR} "$ENV{CUDA_HOME}/lib64" "$ENV{CUDA_HOME}/lib"
        NO_DEFAULT_PATH NO_CACHE)
      if(file)
        get_filename_component(folder "${file}" DIRECTORY)
        list(APPEND library_dirs "${folder}")
      endif()
    endif()
  endforeach()

  target_link_libraries(Caffe::caffe INTERFACE Caffe::CUDA)
  set_property(TARGET Caffe::caffe APPEND PROPERTY CAFFE_LIBRARY_DIRS ${library_dirs})
  set(${found} TRUE PARENT_SCOPE)
endfunction()
