# HDF5 of the prefix that scripts/caffe-cuda fills. CMake's own module asks the compiler wrapper h5cc, which answers with
# the folders of the installed system.
set(HDF5_FOUND TRUE)
set(HDF5_INCLUDE_DIRS "${TSCAFFE_PREFIX}/include/hdf5/serial")
set(HDF5_LIBRARIES "${TSCAFFE_LIB}/libhdf5_serial.so")
set(HDF5_HL_LIBRARIES "${TSCAFFE_LIB}/libhdf5_serial_hl.so")
