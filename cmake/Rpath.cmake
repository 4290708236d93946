# tscaffe_set_rpath(target): where the target finds libcaffe and its needs at run time. DT_RPATH, not RUNPATH, which would
# not reach the needs of the libraries themselves. Relative for .caffe, so that the folder can move.
function(tscaffe_set_rpath target)
  set(folders "${Caffe_LIBRARY_DIRS}")
  if(NOT CAFFE_ROOT)
    set(folders "")
    foreach(folder IN LISTS Caffe_LIBRARY_DIRS)
      file(RELATIVE_PATH folder "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}" "${folder}")
      list(APPEND folders "$ORIGIN/${folder}")
    endforeach()
  endif()
  set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${folders}")
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags)
endfunction()
