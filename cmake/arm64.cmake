# The toolchain for arm64 on another Debian machine: its cross compiler, and qemu for what the build runs (print_schema,
# protoc). Used as CMAKE_TOOLCHAIN_FILE=cmake/arm64.cmake CAFFE_ROOT=.caffe-arm64 (see test/arm64/run).
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static -L /usr/aarch64-linux-gnu)
