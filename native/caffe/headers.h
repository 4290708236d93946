// The one way to Caffe's headers. Caffe keeps its layer and solver registries in statics of inline functions: compiled
// with this addon's hidden visibility they would be a second, empty pair. Default visibility lets the linker merge them
// with libcaffe's own.
#pragma once

#pragma GCC visibility push(default)
#include <boost/make_shared.hpp>
#include <caffe/caffe.hpp>
#include <caffe/internal_thread.hpp>
#include <caffe/layers/data_layer.hpp>
#include <caffe/sgd_solvers.hpp>
#include <caffe/util/db.hpp>
#include <caffe/util/upgrade_proto.hpp>
#pragma GCC visibility pop
