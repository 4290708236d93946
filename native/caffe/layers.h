// The classes of Caffe's own layers that this addon derives from; see caffe/headers.h for the visibility.
#pragma once

#include "caffe/headers.h"

#pragma GCC visibility push(default)
#include <caffe/layers/argmax_layer.hpp>
#include <caffe/layers/batch_norm_layer.hpp>
#include <caffe/layers/bias_layer.hpp>
#include <caffe/layers/contrastive_loss_layer.hpp>
#include <caffe/layers/conv_layer.hpp>
#include <caffe/layers/deconv_layer.hpp>
#include <caffe/layers/embed_layer.hpp>
#include <caffe/layers/im2col_layer.hpp>
#include <caffe/layers/inner_product_layer.hpp>
#include <caffe/layers/pooling_layer.hpp>
#include <caffe/layers/prelu_layer.hpp>
#include <caffe/layers/scale_layer.hpp>
// spp_layer.hpp needs these before it.
#include <caffe/layers/concat_layer.hpp>
#include <caffe/layers/flatten_layer.hpp>
#include <caffe/layers/split_layer.hpp>
//
#include <caffe/layers/spp_layer.hpp>
#pragma GCC visibility pop
