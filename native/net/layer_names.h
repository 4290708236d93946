// The names by which the layers of nets and files find each other. Caffe looks for a name and takes the first layer
// that has it: of two layers of one name, the first was given the weights of the second, and the second none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "caffe/headers.h"

namespace tscaffe {

struct NamedLayer {
  std::string name;
  bool learns;  // has learnable blobs
};

// As the prototxt or the file has them.
std::vector<NamedLayer> NamedLayersOf(const caffe::Net<float>& net);
std::vector<NamedLayer> NamedLayersOf(const caffe::NetParameter& weights);

// For each layer a name of its own: the first of a name keeps it, those that follow are called "fc (2nd of this name)".
// Layers with learnable blobs count first: beside an InnerProduct called fc, a ReLU called fc is none too many.
std::vector<std::string> DistinctNames(const std::vector<NamedLayer>& layers);

// How a layer is called in an HDF5 file. There "/" leads into a group of a group, where Caffe does not look: it could
// not write inception_3a/1x1, nor read conv1 beside conv1/bn. Names without it are as Caffe writes them.
std::string Hdf5NameOf(const std::string& distinct_name);

// Throws ERR_CAFFE_LAYER for a name with learnable blobs that both have, but not for as many layers: which belong
// together cannot be told. `source` says what `from` is.
void RequireAsMany(const std::vector<NamedLayer>& from, const std::vector<NamedLayer>& to, const std::string& source);

// Gives the layers of a new net distinct names, for good: by these Caffe pairs them with those of files and other nets,
// also in its own tests while a solver steps. What Caffe writes has the names of the prototxt, and so has JavaScript.
void GiveDistinctNames(caffe::Net<float>& net);

// For as long as it lives, the layers of such a net have the names that they have in an HDF5 file.
class Hdf5LayerNames {
 public:
  explicit Hdf5LayerNames(caffe::Net<float>& net);
  ~Hdf5LayerNames();
  Hdf5LayerNames(const Hdf5LayerNames&) = delete;
  Hdf5LayerNames& operator=(const Hdf5LayerNames&) = delete;

 private:
  void Swap();

  // What the net does not have at the moment. It copies layers by the first, reads HDF5 by the second, and writes it by
  // the names in their parameters.
  caffe::Net<float>& net_;
  std::vector<std::string> names_;
  std::map<std::string, int> index_;
  std::vector<std::string> in_parameters_;
};

}  // namespace tscaffe
