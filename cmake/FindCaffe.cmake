# find_package(Caffe REQUIRED OPTIONAL_COMPONENTS CUDA): finds libcaffe and what it was built with. It comes from the tree
# named by CAFFE_ROOT (in the environment, or -DCAFFE_ROOT=), else from the one that scripts/setup unpacks into .caffe. A
# tree is either Debian-like (usr/include, usr/lib/<triplet>) or a CMake install tree (include, lib, share/Caffe). Gives:
#
#   Caffe::caffe            the target: library, headers, and what of them the linker must see
#   Caffe::protobuf         the libprotobuf that it needs, with its headers
#   Caffe_LIBRARY           the library's file
#   Caffe_INCLUDE_DIR       the folder with caffe/caffe.hpp
#   Caffe_LIBRARY_DIRS      the folders of the library and its needs, those of its components too
#   Caffe_PROTOC            the protoc that fits
#   Caffe_<component>_FOUND whether that part is there, and Caffe_<component>_REASON why it is not
#
# A component is a file FindCaffe/<component>.cmake with one function, caffe_find_<component>(found reason): it reads the
# properties of Caffe::caffe that are set below, adds to them, makes a target Caffe::<component>, and sets `found` to
# whether the part is there, `reason` to why it is not. CUDA is required where the library was built with it, asked for or not.

# Ends the search, with what is wrong and what to do about it.
macro(caffe_not_found message)
  set(Caffe_NOT_FOUND_MESSAGE "${message}")
  if(Caffe_FIND_REQUIRED)
    message(FATAL_ERROR "${Caffe_NOT_FOUND_MESSAGE}")
  endif()
  set(Caffe_FOUND FALSE)
  return()
endmacro()

# The folders of a tree that exist, most special first: what stands first serves libblas.so.3.
function(caffe_tree_folders tree kind result)
  set(triplet "${CMAKE_LIBRARY_ARCHITECTURE}")
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

# With CUDA or without: CPU_ONLY changes Caffe's inline code, so it must be what the library was built with.
function(caffe_read_cpu_only root library result)
  file(GLOB package "${root}/share/[Cc]affe/CaffeConfig.cmake" "${root}/usr/share/[Cc]affe/CaffeConfig.cmake"
    "${root}/lib*/cmake/[Cc]affe/CaffeConfig.cmake" "${root}/usr/lib*/cmake/[Cc]affe/CaffeConfig.cmake")
  if(package)
    # Read, not included: it would look for OpenCV, which nobody needs here.
    list(GET package 0 package)
    file(STRINGS "${package}" line REGEX "^set\\(Caffe_CPU_ONLY [A-Za-z0-9]+\\)")
    if(line MATCHES "Caffe_CPU_ONLY ([A-Za-z0-9]+)")
      set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
      return()
    endif()
  endif()
  execute_process(COMMAND "${CMAKE_NM}" --dynamic --defined-only "${library}"
    OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
  if(symbols MATCHES "caffe_gpu_memcpy")
    set(${result} OFF PARENT_SCOPE)
  else()
    set(${result} ON PARENT_SCOPE)
  endif()
endfunction()

# The files (sonames) that a library asks the loader for.
function(caffe_read_needed library result)
  execute_process(COMMAND "${CMAKE_OBJDUMP}" -p "${library}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "NEEDED +[^\n]+" needed "${dynamic}")
  list(TRANSFORM needed REPLACE "NEEDED +" "")
  set(${result} "${needed}" PARENT_SCOPE)
endfunction()

# The one of these sonames that names lib<name>, or nothing.
function(caffe_soname needed name result)
  list(FILTER needed INCLUDE REGEX "^lib${name}\\.so")
  set(${result} "${needed}" PARENT_SCOPE)
endfunction()

# The trees to look into.
set(caffe_unpacked "${CMAKE_CURRENT_SOURCE_DIR}/.caffe")
# The environment is asked at every configure and never cached, so that a build without CAFFE_ROOT goes back to .caffe.
if(NOT CAFFE_ROOT)
  set(CAFFE_ROOT "$ENV{CAFFE_ROOT}")
endif()
if(CAFFE_ROOT)
  get_filename_component(caffe_root "${CAFFE_ROOT}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
  set(caffe_trees "${caffe_root}" "${caffe_unpacked}")
  string(CONCAT caffe_advice "CAFFE_ROOT must name a folder with usr/include and usr/lib (as Debian's packages unpack) "
    "or include and lib (as Caffe's own `make install` leaves).")
else()
  set(caffe_root "${caffe_unpacked}")
  set(caffe_trees "${caffe_unpacked}")
  set(caffe_advice "Get Debian's by scripts/setup, or name a libcaffe of your own: CAFFE_ROOT=/path npm run build")
endif()

# The library and its headers.
caffe_tree_folders("${caffe_root}" include caffe_include_dirs)
caffe_tree_folders("${caffe_root}" lib Caffe_LIBRARY_DIRS)
find_file(Caffe_LIBRARY NAMES libcaffe.so PATHS ${Caffe_LIBRARY_DIRS} NO_DEFAULT_PATH NO_CACHE)
find_path(Caffe_INCLUDE_DIR NAMES caffe/caffe.hpp PATHS ${caffe_include_dirs} NO_DEFAULT_PATH NO_CACHE)
if(NOT Caffe_LIBRARY)
  caffe_not_found("No libcaffe.so below ${caffe_root}.\n${caffe_advice}")
endif()
if(NOT Caffe_INCLUDE_DIR)
  caffe_not_found(
    "${Caffe_LIBRARY} is there, but its headers (caffe/caffe.hpp) are not below ${caffe_root}.\n${caffe_advice}")
endif()
caffe_read_cpu_only("${caffe_root}" "${Caffe_LIBRARY}" caffe_cpu_only)

# Its needs: each from the first tree that has the very file (soname) the library asks for.
caffe_read_needed("${Caffe_LIBRARY}" caffe_needed)
set(caffe_used_trees "")
set(caffe_linked "${Caffe_LIBRARY}")
foreach(name IN ITEMS protobuf glog boost_thread boost_system boost_filesystem)
  caffe_soname("${caffe_needed}" ${name} soname)
  if(soname STREQUAL "")
    continue()
  endif()
  unset(caffe_file_${name})
  foreach(tree IN LISTS caffe_trees)
    caffe_tree_folders("${tree}" lib folders)
    find_file(caffe_file_${name} NAMES ${soname} PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
    if(caffe_file_${name})
      list(APPEND caffe_used_trees "${tree}")
      break()
    endif()
  endforeach()
  find_library(caffe_file_${name} NAMES ${soname} NO_CACHE) # the system's, if no tree has it
  if(NOT caffe_file_${name})
    caffe_not_found(
      "${Caffe_LIBRARY} needs ${soname}, which is neither in ${caffe_trees} nor in the system's library folders.\n\
Install it, or put it below ${caffe_root}; if it is one of Debian 11, scripts/libcaffe unpacks it into .caffe.")
  endif()
  list(APPEND caffe_linked "${caffe_file_${name}}")
endforeach()

if(CAFFE_ROOT AND caffe_unpacked IN_LIST caffe_used_trees)
  caffe_tree_folders("${caffe_unpacked}" include folders)
  list(APPEND caffe_include_dirs ${folders})
  caffe_tree_folders("${caffe_unpacked}" lib folders)
  list(APPEND Caffe_LIBRARY_DIRS ${folders})
endif()

foreach(header IN ITEMS google/protobuf/message.h glog/logging.h gflags/gflags.h boost/shared_ptr.hpp cblas.h)
  unset(folder)
  find_path(folder NAMES ${header} HINTS ${caffe_include_dirs} NO_CACHE)
  if(NOT folder)
    caffe_not_found(
      "Caffe's headers need <${header}>, which is neither in ${caffe_include_dirs} nor among the system's. On Debian:\n\
sudo apt-get install libprotobuf-dev protobuf-compiler libgoogle-glog-dev libgflags-dev libboost-dev libopenblas-dev")
  endif()
  list(APPEND caffe_include_dirs "${folder}")
endforeach()
list(REMOVE_DUPLICATES caffe_include_dirs)
# -isystem /usr/include would break #include_next of the C++ run-time.
list(REMOVE_ITEM caffe_include_dirs ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})

get_filename_component(folder "${caffe_file_protobuf}" DIRECTORY)
find_program(Caffe_PROTOC NAMES protoc HINTS "${folder}/../../bin" "${folder}/../bin" NO_CACHE)
if(NOT Caffe_PROTOC)
  caffe_not_found(
    "No protoc beside ${caffe_file_protobuf} nor in PATH. On Debian: sudo apt-get install protobuf-compiler")
endif()

# The targets.
add_library(Caffe::protobuf SHARED IMPORTED)
set_target_properties(Caffe::protobuf PROPERTIES IMPORTED_LOCATION "${caffe_file_protobuf}"
  INTERFACE_INCLUDE_DIRECTORIES "${caffe_include_dirs}")

add_library(Caffe::caffe INTERFACE IMPORTED)
set_target_properties(Caffe::caffe PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${caffe_include_dirs}"
  CAFFE_ROOT "${caffe_root}" CAFFE_LIBRARY "${Caffe_LIBRARY}" CAFFE_CPU_ONLY "${caffe_cpu_only}"
  CAFFE_NEEDED "${caffe_needed}" CAFFE_LIBRARY_DIRS "${Caffe_LIBRARY_DIRS}")
if(caffe_cpu_only)
  set_property(TARGET Caffe::caffe PROPERTY INTERFACE_COMPILE_DEFINITIONS CPU_ONLY)
endif()
# no-as-needed: layers register themselves in libcaffe's static constructors; nothing may be dropped because no symbol
# of it is named.
target_link_libraries(Caffe::caffe INTERFACE -Wl,--push-state,--no-as-needed ${caffe_linked} -Wl,--pop-state)

# The components. Caffe's headers include CUDA's where the library was built with it.
set(caffe_components ${Caffe_FIND_COMPONENTS})
if(NOT caffe_cpu_only)
  list(APPEND caffe_components CUDA)
  list(REMOVE_DUPLICATES caffe_components)
  set(Caffe_FIND_REQUIRED_CUDA TRUE)
endif()
foreach(component IN LISTS caffe_components)
  include("${CMAKE_CURRENT_LIST_DIR}/FindCaffe/${component}.cmake")
  set(caffe_reason "")
  cmake_language(CALL caffe_find_${component} Caffe_${component}_FOUND caffe_reason)
  set(Caffe_${component}_REASON "${caffe_reason}")
  if(Caffe_FIND_REQUIRED_${component} AND NOT Caffe_${component}_FOUND)
    caffe_not_found("${caffe_reason}")
  endif()
endforeach()
get_target_property(Caffe_LIBRARY_DIRS Caffe::caffe CAFFE_LIBRARY_DIRS)
list(REMOVE_DUPLICATES Caffe_LIBRARY_DIRS)

set(Caffe_FOUND TRUE)
if(NOT Caffe_FIND_QUIETLY)
  message(STATUS "libcaffe: ${Caffe_LIBRARY} (CPU_ONLY ${caffe_cpu_only})")
endif()
