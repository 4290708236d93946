import caffe
from caffe import layers as L, params as P


def conv_relu(bottom, count, size, **shape):
    return L.ReLU(L.Convolution(bottom, num_output=count, kernel_size=size, weight_filler=dict(type='xavier'), **shape),
                  in_place=True)


def fire(bottom, squeezed, expanded):
    small = conv_relu(bottom, squeezed, 1)
    return L.Concat(conv_relu(small, expanded, 1), conv_relu(small, expanded, 3, pad=1), axis=1)


def pool(bottom):
    return L.Pooling(bottom, pool=P.Pooling.MAX, kernel_size=3, stride=2)


def net():
    """SqueezeNet 1.1, in which only what leaves a stage has a name."""
    n = caffe.NetSpec()
    n.data = L.DummyData(shape=dict(dim=[1, 3, 227, 227]), data_filler=dict(type='gaussian'))
    n.label = L.DummyData(shape=dict(dim=1))
    n.fire3 = fire(fire(pool(conv_relu(n.data, 64, 3, stride=2)), 16, 64), 16, 64)
    n.fire5 = fire(fire(pool(n.fire3), 32, 128), 32, 128)
    n.fire9 = fire(fire(fire(fire(pool(n.fire5), 48, 192), 48, 192), 64, 256), 64, 256)
    n.conv10 = L.Convolution(L.Dropout(n.fire9, dropout_ratio=0.5, in_place=True), num_output=1000, kernel_size=1,
                             weight_filler=dict(type='gaussian', mean=0.0, std=0.01))
    n.pool10 = L.Pooling(L.ReLU(n.conv10, in_place=True), pool=P.Pooling.AVE, global_pooling=True)
    n.loss = L.SoftmaxWithLoss(n.pool10, n.label)
    return n.to_proto()
