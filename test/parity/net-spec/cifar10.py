import caffe
from caffe import layers as L, params as P


def conv(bottom, count, std):
    return L.Convolution(bottom, num_output=count, pad=2, kernel_size=5, stride=1,
                         weight_filler=dict(type='gaussian', std=std), bias_filler=dict(type='constant'),
                         param=[dict(lr_mult=1), dict(lr_mult=2)])


def region_norm(bottom):
    return L.LRN(bottom, local_size=3, alpha=5e-05, beta=0.75, norm_region=P.LRN.WITHIN_CHANNEL)


def net():
    n = caffe.NetSpec()
    n.data, n.label = L.DummyData(num=[100, 100], channels=[3, 1], height=[32, 1], width=[32, 1], ntop=2)
    n.conv1 = conv(n.data, 32, 0.0001)
    n.pool1 = L.Pooling(n.conv1, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    n.relu1 = L.ReLU(n.pool1, in_place=True)
    n.norm1 = region_norm(n.relu1)
    n.conv2 = conv(n.norm1, 32, 0.01)
    n.relu2 = L.ReLU(n.conv2, in_place=True)
    n.pool2 = L.Pooling(n.relu2, pool=P.Pooling.AVE, kernel_size=3, stride=2)
    n.norm2 = region_norm(n.pool2)
    n.conv3 = L.Convolution(n.norm2, num_output=64, pad_h=2, pad_w=2, kernel_h=5, kernel_w=5,
                            weight_filler=dict(type='gaussian', std=0.01), engine=P.Convolution.CAFFE)
    n.relu3 = L.ReLU(n.conv3, in_place=True, negative_slope=0.01, engine=P.ReLU.CAFFE)
    n.pool3 = L.Pooling(n.relu3, pool=P.Pooling.AVE, kernel_size=3, stride=2)
    n.ip1 = L.InnerProduct(n.pool3, num_output=10, weight_filler=dict(type='gaussian', std=0.01),
                           param=[dict(lr_mult=1, decay_mult=250), dict(lr_mult=2, decay_mult=0)])
    n.accuracy = L.Accuracy(n.ip1, n.label, include=[dict(phase=caffe.TEST, stage=['check', 'final'])])
    n.loss = L.SoftmaxWithLoss(n.ip1, n.label)
    return n.to_proto()
