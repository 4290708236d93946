# Node's side: the target node_addon carries the headers of Node-API and node-addon-api (cmake-js says where) and the
# dialect of both we use.

if(NOT CMAKE_JS_INC)
  message(FATAL_ERROR
    "CMAKE_JS_INC, the folders of Node-API's headers, is not set. cmake-js sets it: build by `npm run build:native`.")
endif()

add_library(node_addon INTERFACE)
target_include_directories(node_addon SYSTEM INTERFACE ${CMAKE_JS_INC})
target_compile_definitions(node_addon INTERFACE
  NAPI_VERSION=9
  NODE_ADDON_API_CPP_EXCEPTIONS
  NODE_ADDON_API_CPP_EXCEPTIONS_ALL
  NODE_ADDON_API_DISABLE_DEPRECATED
  # Without it worker.terminate() in the middle of a callback aborts the whole process.
  NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS)
