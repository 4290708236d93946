# The schema is asked of the library itself: Debian's own caffe.pb.h does not compile against Debian's protobuf headers,
# and a fork has fields of its own. print_schema writes caffe.proto, protoc makes caffe/proto/caffe.pb.h from it, which
# must come before Caffe's on the include path. caffe.pb.cc is not compiled: libcaffe has it.

set(schema_dir "${CMAKE_CURRENT_BINARY_DIR}/schema")

add_executable(print_schema "${CMAKE_CURRENT_SOURCE_DIR}/cmake/print_schema.cc")
target_link_libraries(print_schema PRIVATE Caffe::protobuf ${CMAKE_DL_LIBS})
target_link_options(print_schema PRIVATE -Wl,--disable-new-dtags -Wl,--allow-shlib-undefined)
set_target_properties(print_schema PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY "${schema_dir}"
  BUILD_WITH_INSTALL_RPATH ON
  INSTALL_RPATH "${Caffe_LIBRARY_DIRS}")

# make sees no difference between two libraries whose files carry old dates, so the one in use is written down.
file(SHA256 "${Caffe_LIBRARY}" libcaffe_hash)
file(CONFIGURE OUTPUT "${schema_dir}/libcaffe.txt" CONTENT "${Caffe_LIBRARY}\n${libcaffe_hash}\n")

string(REPLACE ";" ":" schema_library_path "${Caffe_LIBRARY_DIRS}")
add_custom_command(
  OUTPUT "${schema_dir}/caffe.proto" "${schema_dir}/caffe/proto/caffe.pb.h"
  COMMAND print_schema "${Caffe_LIBRARY}" "${schema_dir}/caffe.proto"
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${schema_dir}/caffe/proto"
  COMMAND "${CMAKE_COMMAND}" -E env "LD_LIBRARY_PATH=${schema_library_path}"
          ${CMAKE_CROSSCOMPILING_EMULATOR} "${Caffe_PROTOC}" "--proto_path=${schema_dir}" "--cpp_out=${schema_dir}/caffe/proto"
          "${schema_dir}/caffe.proto"
  DEPENDS print_schema "${schema_dir}/libcaffe.txt"
  COMMENT "Reading the schema out of ${Caffe_LIBRARY}"
  VERBATIM)
add_custom_target(schema DEPENDS "${schema_dir}/caffe.proto")

# The fillers' names stand nowhere but in the code of GetFiller, which is a header. A fork that writes it in another way
# gives an empty list.
file(STRINGS "${Caffe_INCLUDE_DIR}/caffe/filler.hpp" fillers REGEX "type == \"")
list(TRANSFORM fillers REPLACE ".*type == \"([A-Za-z0-9_]+)\".*" "\\1")
list(JOIN fillers "\n" fillers)
file(CONFIGURE OUTPUT "${schema_dir}/fillers.txt" CONTENT "${fillers}\n")

add_library(caffe_schema INTERFACE)
target_include_directories(caffe_schema SYSTEM BEFORE INTERFACE "${schema_dir}")
