// Paths that stand for something else than a regular file. Caffe opens whatever it is told to. The opening of a FIFO
// waits until somebody opens its other end, for ever if nobody does, and no signal ends it.
#pragma once

#include <cstddef>
#include <string>

#include "guard/place.h"

namespace tscaffe {

// Where what is saved at a path goes.
struct Place {
  std::string path;     // behind all symbolic links
  int descriptor = -1;  // of this process, where the path is a name of one: /dev/stdout, /dev/fd/3
  std::string special;  // "a FIFO", "a socket", "a character device" or "a block device"; empty for all else

  bool IsStream() const { return descriptor >= 0 || !special.empty(); }
};

// Throws ERR_CAFFE_FILE for links in a circle.
Place PlaceOf(const std::string& path);

// The same for what must seek in its file, or put it in place whole. Throws ERR_CAFFE_FILE for a stream.
std::string RegularPlaceOf(const std::string& path, const LayerPlace& layer = {});

// Writes bytes into a FIFO, a character device or a descriptor. Throws ERR_CAFFE_FILE if nobody reads the FIFO, or if
// its reader takes nothing for ten seconds.
void WriteStream(const std::string& path, const char* bytes, size_t size);

// "a FIFO" and so on, as in Place; empty for all else, also if there is nothing.
std::string SpecialAt(const std::string& path);

// Why what is at `path` cannot be read, as a sentence that begins with the path: it is special, or a folder. Empty if
// it can, or if nothing is there: who opens it says that better.
std::string WhyNotReadable(const std::string& path);

// Throws ERR_CAFFE_FILE with that sentence.
void RequireReadable(const std::string& path, const LayerPlace& layer = {});

// The same for a database: a folder, with files in it.
void RequireReadableFolder(const std::string& path, const LayerPlace& layer = {});

}  // namespace tscaffe
