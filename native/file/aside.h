// Files that appear whole or not at all: written beside their place, brought to the disk and renamed. And what becomes
// of those whose process has been killed.
#pragma once

#include <string>

namespace tscaffe {

// A name beside `target` that nothing else has: it tells the process that writes there.
std::string AsideName(const std::string& target);

// Removes what is left beside `target` by processes that are gone, so that a training that is killed and taken up again
// every hour does not fill the disk. What another machine left on a shared disk goes after a day without a write.
void RemoveLeftovers(const std::string& target);

// A file that is being written beside its place. Whatever happens, nothing of it stays there.
class Aside {
 public:
  // Throws ERR_CAFFE_FILE, with the name of `target`, if nothing can be written at `path`: Caffe's own message has
  // none.
  Aside(std::string path, std::string target);
  ~Aside();
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;

  const std::string& Path() const { return path_; }

  // Throws ERR_CAFFE_FILE if the disk does not take it, as a full one.
  void Sync() const;
  void MoveIntoPlace() const;

 private:
  const std::string path_, target_;
};

// Brings a file or folder that was written aside to the disk and puts it in its place. Throws ERR_CAFFE_FILE.
void MoveIntoPlace(const std::string& aside, const std::string& target);

// Brings the names in the folder that `target` is in to the disk. Throws ERR_CAFFE_FILE.
void SyncFolderOf(const std::string& target);

}  // namespace tscaffe
