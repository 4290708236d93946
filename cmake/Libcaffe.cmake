# Finds libcaffe and what it was built with. It comes from the tree named by CAFFE_ROOT (in the environment, or
# -DCAFFE_ROOT=), else from the one that scripts/setup unpacks into .caffe. A tree is either Debian-like (usr/include,
# usr/lib/<triplet>) or a CMake install tree (include, lib, share/Caffe). Gives:
#
#   LIBCAFFE                the library's file
#   LIBCAFFE_CPU_ONLY       whether it was built without CUDA
#   LIBCAFFE_LIBRARY_DIRS   the folders of the library and its needs
#   LIBCAFFE_PROTOBUF       the libprotobuf that it needs
#   LIBCAFFE_PROTOC         the protoc that fits
#   libcaffe                the target that has headers and library; libcaffe_headers has the headers only
#   tscaffe_set_rpath(target)

set(unpacked "${CMAKE_CURRENT_SOURCE_DIR}/.caffe")
# The environment is asked at every configure and never cached, so that a build without CAFFE_ROOT goes back to .caffe.
if(NOT CAFFE_ROOT)
  set(CAFFE_ROOT "$ENV{CAFFE_ROOT}")
endif()
if(CAFFE_ROOT)
  get_filename_component(root "${CAFFE_ROOT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  set(trees "${root}" "${unpacked}")
  string(CONCAT advice "CAFFE_ROOT must name a folder with usr/include and usr/lib (as Debian's packages unpack) "
    "or include and lib (as Caffe's own `make install` leaves).")
else()
  set(root "${unpacked}")
  set(trees "${unpacked}")
  set(advice "Get Debian's by scripts/setup, or name a libcaffe of your own: CAFFE_ROOT=/path npm run build")
endif()

set(triplet "${CMAKE_LIBRARY_ARCHITECTURE}")

# The folders of a tree that exist, most special first: what stands first serves libblas.so.3.
function(tree_folders tree kind result)
  if(kind STREQUAL "include")
    set(candidates usr/include usr/include/${triplet} usr/include/${triplet}/openblas-pthread
      include include/${triplet} include/${triplet}/openblas-pthread)
  else()
    set(candidates usr/lib/${triplet}/openblas-pthread usr/lib/${triplet} lib/${triplet}/openblas-pthread lib/${triplet}
      usr/lib lib64 lib)
  endif()
  set(folders "")
  foreach(candidate IN LISTS candidates)
    if(IS_DIRECTORY "${tree}/${candidate}")
      list(APPEND folders "${tree}/${candidate}")
    endif()
  endforeach()
  set(${result} "${folders}" PARENT_SCOPE)
endfunction()

# The library and its headers.
tree_folders("${root}" include include_dirs)
tree_folders("${root}" lib LIBCAFFE_LIBRARY_DIRS)
find_file(LIBCAFFE NAMES libcaffe.so PATHS ${LIBCAFFE_LIBRARY_DIRS} NO_DEFAULT_PATH NO_CACHE)
find_path(caffe_include_dir NAMES caffe/caffe.hpp PATHS ${include_dirs} NO_DEFAULT_PATH NO_CACHE)
if(NOT LIBCAFFE)
  message(FATAL_ERROR "No libcaffe.so below ${root}.\n${advice}")
endif()
if(NOT caffe_include_dir)
  message(FATAL_ERROR "${LIBCAFFE} is there, but its headers (caffe/caffe.hpp) are not below ${root}.\n${advice}")
endif()

# With CUDA or without: CPU_ONLY changes Caffe's inline code, so it must be what the library was built with.
file(GLOB package "${root}/share/[Cc]affe/CaffeConfig.cmake" "${root}/usr/share/[Cc]affe/CaffeConfig.cmake"
  "${root}/lib*/cmake/[Cc]affe/CaffeConfig.cmake" "${root}/usr/lib*/cmake/[Cc]affe/CaffeConfig.cmake")
set(LIBCAFFE_CPU_ONLY "")
if(package)
  # Read, not included: it would look for OpenCV, which nobody needs here.
  list(GET package 0 package)
  file(STRINGS "${package}" line REGEX "^set\\(Caffe_CPU_ONLY [A-Za-z0-9]+\\)")
  if(line MATCHES "Caffe_CPU_ONLY ([A-Za-z0-9]+)")
    set(LIBCAFFE_CPU_ONLY "${CMAKE_MATCH_1}")
  endif()
endif()
if(LIBCAFFE_CPU_ONLY STREQUAL "")
  execute_process(COMMAND "${CMAKE_NM}" --dynamic --defined-only "${LIBCAFFE}"
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(symbols MATCHES "caffe_gpu_memcpy")
    set(LIBCAFFE_CPU_ONLY OFF)
  else()
    set(LIBCAFFE_CPU_ONLY ON)
  endif()
endif()

# Its needs: each from the first tree that has the very file (soname) the library asks for.
execute_process(COMMAND "${CMAKE_OBJDUMP}" -p "${LIBCAFFE}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "NEEDED +[^\n]+" needed "${dynamic}")
list(TRANSFORM needed REPLACE "NEEDED +" "")

set(linked "${LIBCAFFE}")
foreach(name IN ITEMS protobuf glog boost_thread boost_system boost_filesystem)
  set(soname "${needed}")
  list(FILTER soname INCLUDE REGEX "^lib${name}\\.so")
  if(soname STREQUAL "")
    continue()
  endif()
  unset(file_${name})
  foreach(tree IN LISTS trees)
    tree_folders("${tree}" lib folders)
    find_file(file_${name} NAMES ${soname} PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
    if(file_${name})
      list(APPEND used_trees "${tree}")
      break()
    endif()
  endforeach()
  find_library(file_${name} NAMES ${soname} NO_CACHE) # the system's, if no tree has it
  if(NOT file_${name})
    message(FATAL_ERROR
      "${LIBCAFFE} needs ${soname}, which is neither in ${trees} nor in the system's library folders.\n"
      "Install it, or put it below ${root}; if it is one of Debian 11, scripts/libcaffe unpacks it into .caffe.")
  endif()
  list(APPEND linked "${file_${name}}")
endforeach()
set(LIBCAFFE_PROTOBUF "${file_protobuf}")

if(CAFFE_ROOT AND unpacked IN_LIST used_trees)
  tree_folders("${unpacked}" include folders)
  list(APPEND include_dirs ${folders})
  tree_folders("${unpacked}" lib folders)
  list(APPEND LIBCAFFE_LIBRARY_DIRS ${folders})
endif()

foreach(header IN ITEMS google/protobuf/message.h glog/logging.h gflags/gflags.h boost/shared_ptr.hpp cblas.h)
  find_path(dir NAMES ${header} HINTS ${include_dirs} NO_CACHE)
  if(NOT dir)
    message(FATAL_ERROR
      "Caffe's headers need <${header}>, which is neither in ${include_dirs} nor among the system's. On Debian:\n"
      "sudo apt-get install libprotobuf-dev protobuf-compiler libgoogle-glog-dev libgflags-dev libboost-dev "
      "libopenblas-dev")
  endif()
  list(APPEND include_dirs "${dir}")
  unset(dir)
endforeach()
list(REMOVE_DUPLICATES include_dirs)
# -isystem /usr/include would break #include_next of the C++ run-time.
list(REMOVE_ITEM include_dirs ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})

get_filename_component(protobuf_dir "${LIBCAFFE_PROTOBUF}" DIRECTORY)
find_program(LIBCAFFE_PROTOC NAMES protoc HINTS "${protobuf_dir}/../../bin" "${protobuf_dir}/../bin" NO_CACHE)
if(NOT LIBCAFFE_PROTOC)
  message(FATAL_ERROR
    "No protoc beside ${LIBCAFFE_PROTOBUF} nor in PATH. On Debian: sudo apt-get install protobuf-compiler")
endif()

# The targets.
add_library(libcaffe_headers INTERFACE)
target_include_directories(libcaffe_headers SYSTEM INTERFACE ${include_dirs})
if(LIBCAFFE_CPU_ONLY)
  target_compile_definitions(libcaffe_headers INTERFACE CPU_ONLY)
endif()

add_library(libcaffe INTERFACE)
# no-as-needed: layers register themselves in libcaffe's static constructors; nothing may be dropped because no symbol
# of it is named.
target_link_libraries(libcaffe INTERFACE libcaffe_headers -Wl,--push-state,--no-as-needed ${linked} -Wl,--pop-state)

if(NOT LIBCAFFE_CPU_ONLY)
  include(Cuda)
endif()

# DT_RPATH, not RUNPATH, which would not reach the needs of the libraries themselves. Relative for .caffe, so that the
# folder can move.
function(tscaffe_set_rpath target)
  set(folders "${LIBCAFFE_LIBRARY_DIRS}")
  if(NOT CAFFE_ROOT)
    set(folders "")
    foreach(folder IN LISTS LIBCAFFE_LIBRARY_DIRS)
      file(RELATIVE_PATH folder "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}" "${folder}")
      list(APPEND folders "$ORIGIN/${folder}")
    endforeach()
  endif()
  set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${folders}")
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags)
endfunction()

message(STATUS "libcaffe: ${LIBCAFFE} (CPU_ONLY ${LIBCAFFE_CPU_ONLY})")
