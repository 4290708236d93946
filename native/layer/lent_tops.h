// The tops of the layers that lend them memory: of a batch that was read ahead, or of the arrays of a MemoryData layer.
#pragma once

#include <optional>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

// Such a layer points its top's memory at another batch in each forward (set_cpu_data), and frees what the top had of
// its own. So whatever lay there was used after it was freed: an array while the next forward ran, and the array,
// another blob or another net that shared the top when the layer was gone. Here each batch is copied into the top's own
// memory, which stays where it is and belongs to all who share it. It is a fraction of what it cost to read the batch.
class LentTops {
 public:
  using Blobs = std::vector<caffe::Blob<float>*>;
  using Memory = boost::shared_ptr<caffe::SyncedMemory>;

  // Those of a layer; none if it writes its tops as other layers do.
  static std::optional<LentTops> Of(const caffe::Layer<float>& layer);

  // Before a forward: takes the tops' own memory aside, and gives the layer other memory to point at its batch.
  void Before(const Blobs& top);
  // After it: the tops have their own memory again, and it holds the batch. (After one that failed, this is not called:
  // Before puts the memory back.)
  void After(const Blobs& top);

 private:
  struct Aside {
    Memory own, given;
  };
  std::vector<Aside> aside_;  // of each top, while the layer runs
};

}  // namespace tscaffe
