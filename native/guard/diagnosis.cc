#include "guard/diagnosis.h"

#include <strings.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "guard/cuda_failure.h"
#include "guard/threads.h"

namespace tscaffe {

namespace {

bool Contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

bool BeginsWith(const std::string& text, const char* begin) { return text.rfind(begin, 0) == 0; }

// What stands between two texts; empty if they are not there.
std::string Between(const std::string& text, const char* before, const char* after) {
  const size_t found = text.find(before);
  if (found == std::string::npos) return "";
  const size_t begin = found + std::strlen(before);
  const size_t end = text.find(after, begin);
  return end == std::string::npos ? "" : text.substr(begin, end - begin);
}

// The number in "Check failed: error == cudaSuccess (2 vs. 0)  out of memory"; 0 if there is none.
int CudaErrorIn(const std::string& text) {
  int number = 0;
  const size_t at = text.find("== cudaSuccess (");
  if (at != std::string::npos) std::sscanf(text.c_str() + at, "== cudaSuccess (%d", &number);  // NOLINT(cert-err34-c)
  return number;
}

// Of the two libraries Caffe knows the status only; what caused it is CUDA's last error, and long gone.
bool IsFailureOfCudaLibrary(const std::string& text) {
  return Contains(text, "== CUBLAS_STATUS_SUCCESS (") || Contains(text, "== CURAND_STATUS_SUCCESS (");
}

// The path of a file that a layer could not read; empty for any other text.
std::string UnreadFileIn(const std::string& text) {
  for (const char* before : {"File not found: ", "Failed to open source file: ", "Failed opening HDF5 file: ",
                             "Failed to open HDF5 file", "Failed to open window file ", "Could not load "}) {
    const size_t found = text.find(before);
    if (found != std::string::npos) return text.substr(found + std::strlen(before));
  }
  return "";
}

// A database that cannot be read or written; and what file/special.cc says.
bool IsOfFile(const std::string& file, const std::string& text) {
  return BeginsWith(file, "db_") || Contains(text, "the LMDB is damaged") ||
         Contains(text, ", where only a regular file can be read");
}

// What to do about a text of Caffe's that does not say it.
const char* AdviceFor(const std::string& text) {
  if (Contains(text, "Caffe::root_solver()")) {
    return " (solve() is for the solver of rank 0: call step() on the others)";
  }
  if (text == "Check failed: data_ " || text == "Check failed: diff_ ") {
    return "(a blob that was asked for its values has none: look for a size of 0 in the shapes)";
  }
  if (Contains(text, "top.size() == num_loss_weights")) {
    return " (write a loss_weight for each top, in their order: 1 for the loss, 0 for what is none)";
  }
  if (Contains(text, "Failed to make float dataset data") || Contains(text, "Failed to make float dataset label")) {
    return " (HDF5Output writes one batch: its file has one already, unless the disk is full)";
  }
  return "";
}

// Its code and message.
void Name(const std::string& file, const std::string& text, Diagnosis* diagnosis) {
  diagnosis->message = text;
  if (const int error = CudaErrorIn(text)) {
    const auto [code, advice] = MeaningOfCuda(error);
    diagnosis->code = code;
    if (!advice.empty()) diagnosis->message += " (" + advice + ")";
  } else if (IsFailureOfCudaLibrary(text)) {
    diagnosis->code = "ERR_CAFFE_CUDA";
  } else if (Contains(text, "CPU-only Caffe") || Contains(text, "has unknown engine")) {
    diagnosis->code = "ERR_CAFFE_NO_GPU";
    diagnosis->message += std::string(" (") + kNoGpu + ")";
  } else if (const std::string path = UnreadFileIn(text); !path.empty()) {
    diagnosis->code = "ERR_CAFFE_FILE";
    diagnosis->message += LookedForIn(path);
  } else if (IsOfFile(file, text)) {
    diagnosis->code = "ERR_CAFFE_FILE";
  } else if (Contains(text, "boost::thread_resource_error")) {
    // Thread exception: boost::thread_resource_error: Resource temporarily unavailable
    diagnosis->code = "ERR_CAFFE_THREADS";
    diagnosis->message += std::string(" (") + kNoThreads + ")";
  } else if (IsFailureOfOpenCv(text) && Contains(text, "(-4:Insufficient memory)")) {
    // OpenCV(4.5.1) ../modules/core/src/alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 6442450944
    // bytes in function 'OutOfMemoryError'
    diagnosis->code = "ERR_CAFFE_MEMORY";
    diagnosis->message = "out of memory: " + text;
  } else {
    diagnosis->message += AdviceFor(text);
  }
}

// What fails there is not the doing of the layer that was made last.
Blame BlameOf(const std::string& file, const std::string& text) {
  // solver.cpp, solver_factory.hpp, sgd_solver.cpp: they know solvers and no layers.
  if (BeginsWith(file, "solver") || BeginsWith(file, "sgd_solver")) return Blame::SOLVER;
  for (const auto* of_net :
       {"propagate_down param must be specified", "Cannot copy param", "Incompatible number of blobs"}) {
    if (Contains(text, of_net)) return Blame::NET;
  }
  return Blame::LAYER;
}

}  // namespace

LayerPlace Diagnosis::PlaceOf(const LayerPlace& at_work) const {
  if (blame != Blame::LAYER) return {};
  if (!layer.empty() && layer != at_work.name) return {layer, -1, ""};
  // Where the solver's rank is not 0 Caffe announces no layer: the one at work is the one before.
  if (!unknown_type.empty() && !at_work.announced) return {};
  return at_work;
}

Diagnosis Diagnose(const std::string& file, const std::string& text) {
  Diagnosis diagnosis;
  Name(file, text, &diagnosis);
  diagnosis.blame = BlameOf(file, text);
  diagnosis.layer = Between(text, "(layer '", "'");                                 // net.cpp, of an unknown bottom
  diagnosis.unknown_type = Between(text, "Unknown layer type: ", " (known types");  // layer_factory.hpp
  return diagnosis;
}

std::string LookedForIn(const std::string& path) {
  std::error_code error;
  const auto folder = std::filesystem::current_path(error);
  if (error || std::filesystem::path(path).is_absolute()) return "";
  return "; a relative path begins at the working folder, " + folder.string();
}

bool IsFailureOfOpenCv(const std::string& text) { return BeginsWith(text, "OpenCV("); }

bool IsFailureOfCuda(const std::string& text) { return CudaErrorIn(text) != 0 || IsFailureOfCudaLibrary(text); }

bool IsFailureOfFile(const std::string& file) { return file == "io.cpp"; }

// The layer registry and then net.cpp say it ("Creating layer", "Creating Layer"); nothing else does, since a layer's
// own CHECKs do not know its name.
std::optional<std::string> AnnouncedLayer(const std::string& text) {
  static constexpr char kCreating[] = "Creating layer ";
  constexpr size_t length = sizeof(kCreating) - 1;
  if (strncasecmp(text.c_str(), kCreating, length) != 0) return {};
  return text.substr(length);
}

bool AnnouncesWholeNet(const std::string& text) { return Contains(text, "Network initialization done."); }

}  // namespace tscaffe
