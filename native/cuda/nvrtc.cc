#include "cuda/nvrtc.h"

#include <dlfcn.h>

#include <cstdlib>
#include <mutex>

#include "caffe/headers.h"
#include "guard/failure.h"

namespace tscaffe {

namespace {

// nvrtc.h comes with NVRTC, which a machine that compiles the addon need not have.
using Program = struct _nvrtcProgram*;
using Result = int;  // 0 is success, 6 a mistake in the source

struct Nvrtc {
  const char* (*error_string)(Result);
  Result (*create)(Program*, const char* source, const char* name, int headers, const char* const*, const char* const*);
  Result (*destroy)(Program*);
  Result (*compile)(Program, int options, const char* const*);
  Result (*add_name)(Program, const char*);
  Result (*lowered_name)(Program, const char*, const char**);
  Result (*log_size)(Program, size_t*);
  Result (*log)(Program, char*);
  Result (*cubin_size)(Program, size_t*);
  Result (*cubin)(Program, char*);
  Result (*ptx_size)(Program, size_t*);
  Result (*ptx)(Program, char*);
};

Nvrtc nvrtc;

// CUDA's libraries of one major version go together; NVRTC of 11 has its minor version in its name.
std::vector<std::string> Names() {
  if (const char* own = std::getenv("TSCAFFE_NVRTC")) return {own};
  const std::string major = std::to_string(CUDART_VERSION / 1000);
  return {"libnvrtc.so." + major, "libnvrtc.so.11.2", "libnvrtc.so"};
}

template <class Function>
void Find(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  if (*function == nullptr) throw CodedError("ERR_CAFFE_CUDA", std::string("NVRTC: ") + dlerror());
}

void Open() {
  void* library = nullptr;
  std::string reasons;
  for (const auto& name : Names()) {
    library = dlopen(name.c_str(), RTLD_NOW);
    if (library != nullptr) break;
    reasons += std::string("\n  ") + dlerror();
  }
  if (library == nullptr) {
    throw CodedError("ERR_CAFFE_CUDA",
                     "NVRTC, CUDA's compiler at run time, is not here; it comes with the CUDA toolkit. Put its folder "
                     "into LD_LIBRARY_PATH, or its file into TSCAFFE_NVRTC. Tried:" +
                         reasons);
  }
  Find(library, "nvrtcGetErrorString", &nvrtc.error_string);
  Find(library, "nvrtcCreateProgram", &nvrtc.create);
  Find(library, "nvrtcDestroyProgram", &nvrtc.destroy);
  Find(library, "nvrtcCompileProgram", &nvrtc.compile);
  Find(library, "nvrtcAddNameExpression", &nvrtc.add_name);
  Find(library, "nvrtcGetLoweredName", &nvrtc.lowered_name);
  Find(library, "nvrtcGetProgramLogSize", &nvrtc.log_size);
  Find(library, "nvrtcGetProgramLog", &nvrtc.log);
  Find(library, "nvrtcGetCUBINSize", &nvrtc.cubin_size);
  Find(library, "nvrtcGetCUBIN", &nvrtc.cubin);
  Find(library, "nvrtcGetPTXSize", &nvrtc.ptx_size);
  Find(library, "nvrtcGetPTX", &nvrtc.ptx);
}

class Compilation {
 public:
  Compilation(const std::string& source, const std::string& name) : name_(name) {
    Require(nvrtc.create(&program_, source.c_str(), (name + ".cu").c_str(), 0, nullptr, nullptr));
  }
  ~Compilation() {
    if (program_ != nullptr) nvrtc.destroy(&program_);
  }
  Compilation(const Compilation&) = delete;
  Compilation& operator=(const Compilation&) = delete;

  void Run(const std::vector<std::string>& options) {
    Require(nvrtc.add_name(program_, name_.c_str()));
    std::vector<const char*> texts;
    texts.reserve(options.size());
    for (const auto& option : options) texts.push_back(option.c_str());
    Require(nvrtc.compile(program_, static_cast<int>(texts.size()), texts.data()));
  }

  std::string LoweredName() const {
    const char* lowered = nullptr;
    Require(nvrtc.lowered_name(program_, name_.c_str(), &lowered));
    return lowered;
  }

  std::string Log() const { return Text(nvrtc.log_size, nvrtc.log); }
  std::string Image(bool machine_code) const {
    return machine_code ? Text(nvrtc.cubin_size, nvrtc.cubin) : Text(nvrtc.ptx_size, nvrtc.ptx);
  }

 private:
  void Require(Result result) const {
    if (result == 0) return;
    std::string text = "cuda.compile: kernel \"" + name_ + "\": " + nvrtc.error_string(result);
    if (program_ != nullptr) text += "\n" + Log();
    throw CodedError("ERR_CAFFE_CUDA", text);
  }

  std::string Text(Result (*size_of)(Program, size_t*), Result (*get)(Program, char*)) const {
    size_t size = 0;
    if (size_of(program_, &size) != 0 || size == 0) return "";
    std::string text(size, '\0');
    get(program_, text.data());
    return text;
  }

  const std::string name_;
  Program program_ = nullptr;
};

}  // namespace

CompiledKernel Compile(const std::string& source, const std::string& name, const std::string& arch,
                       const std::vector<std::string>& options) {
  static std::once_flag once;
  std::call_once(once, Open);
  Compilation compilation(source, name);
  std::vector<std::string> all = {"--gpu-architecture=" + arch};
  all.insert(all.end(), options.begin(), options.end());
  compilation.Run(all);
  return {compilation.Image(arch.rfind("sm_", 0) == 0), compilation.LoweredName(), compilation.Log()};
}

}  // namespace tscaffe
