// Trained weights, from files and other nets into a net, by Caffe's own functions; what pairs with what is told here.
#pragma once

#include <string>

#include "caffe/headers.h"

namespace tscaffe {

// A message in the format of today. Throws ERR_CAFFE_FORMAT, with `name`, for one that cannot be brought to it.
void UpgradeWeights(const std::string& name, caffe::NetParameter* weights);

// The layers of a message, which may change it, or of a file, into those of the same name: the n-th of a name into the
// n-th. The net has all of it or nothing.
void CopyTrainedLayers(caffe::Net<float>& net, const std::string& source, caffe::NetParameter* weights);
void CopyTrainedLayersFromHdf5(caffe::Net<float>& net, const std::string& path);
void CopyTrainedLayersFromBinary(caffe::Net<float>& net, const std::string& path);
// Of either kind, as it begins.
void CopyTrainedLayersFromFile(caffe::Net<float>& net, const std::string& path);
bool IsHdf5(const std::string& path);

// Lets the net use the weights of `from`: those of the layers of the same name, and for learnable blobs that share by
// `param { name }` those of one of them, or of that name in `from`. Caffe's own function goes by the layers alone: in
// a net of two that share, where `from` has only one of them, the other kept what it had.
void ShareTrainedLayers(caffe::Net<float>& net, const caffe::Net<float>& from);
// Again, after `from` has got other memory; what does not fit any more stays.
void FollowTrainedLayers(caffe::Net<float>& net, const caffe::Net<float>& from);

}  // namespace tscaffe
