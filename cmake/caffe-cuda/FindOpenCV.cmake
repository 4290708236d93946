# OpenCV of the prefix that scripts/caffe-cuda fills: the four parts that Caffe uses. OpenCV's own package file wants all
# of them, with what they need 300 MB.
set(OpenCV_FOUND TRUE)
set(OpenCV_VERSION 4)
set(OpenCV_CONFIG_PATH "${TSCAFFE_PREFIX}")
set(OpenCV_INCLUDE_DIRS "${TSCAFFE_PREFIX}/include/opencv4")
foreach(part IN ITEMS core imgproc imgcodecs highgui)
  list(APPEND OpenCV_LIBS "${TSCAFFE_LIB}/libopencv_${part}.so")
endforeach()
