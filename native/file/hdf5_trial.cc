#include "file/hdf5_trial.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "guard/failure.h"

namespace tscaffe {

namespace {

// The program lies beside this addon.
std::string Program() {
  Dl_info addon{};
  if (dladdr(reinterpret_cast<void*>(&RequireSoundHdf5), &addon) == 0) return {};
  const std::string path = addon.dli_fname;
  return path.substr(0, path.rfind('/') + 1) + "tscaffe-hdf5-trial";
}

// Which libhdf5 libcaffe uses; none if it was built without.
std::string Library() {
  void* function = dlsym(RTLD_DEFAULT, "H5Fopen");
  Dl_info library{};
  if (function == nullptr || dladdr(function, &library) == 0) return {};
  return library.dli_fname;
}

// How the program has ended, as waitpid says; 0 if it could not be started.
int Run(const std::string& program, const std::string& library, const std::string& path) {
  posix_spawn_file_actions_t silent;
  posix_spawn_file_actions_init(&silent);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&silent, stream, "/dev/null", O_RDWR, 0);
  }
  char* arguments[] = {const_cast<char*>(program.c_str()), const_cast<char*>(library.c_str()),
                       const_cast<char*>(path.c_str()), nullptr};
  pid_t child = 0;
  const int failure = posix_spawn(&child, program.c_str(), &silent, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&silent);
  if (failure != 0) return 0;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return status;
}

}  // namespace

void RequireSoundHdf5(const std::string& path) {
  const std::string program = Program();
  const std::string library = Library();
  if (program.empty() || library.empty() || Run(program, library, path) == 0) return;
  throw CodedError("ERR_CAFFE_FORMAT", path + ": is damaged: HDF5 cannot read it without ending the process");
}

}  // namespace tscaffe
