import caffe
from caffe import layers as L, params as P


def learned(name):
    return [dict(name=name + '_w', lr_mult=1), dict(name=name + '_b', lr_mult=2)]


def tower(n, bottom, suffix=''):
    xavier = dict(type='xavier')
    conv1 = n['conv1' + suffix] = L.Convolution(bottom, num_output=20, kernel_size=5, stride=1, weight_filler=xavier,
                                                bias_filler=dict(type='constant'), param=learned('conv1'))
    pool1 = n['pool1' + suffix] = L.Pooling(conv1, pool=P.Pooling.MAX, kernel_size=2, stride=2)
    conv2 = n['conv2' + suffix] = L.Convolution(pool1, num_output=50, kernel_size=5, stride=1, weight_filler=xavier,
                                                bias_filler=dict(type='constant'), param=learned('conv2'))
    pool2 = n['pool2' + suffix] = L.Pooling(conv2, pool=P.Pooling.MAX, kernel_size=2, stride=2)
    ip1 = n['ip1' + suffix] = L.InnerProduct(pool2, num_output=500, weight_filler=xavier, param=learned('ip1'))
    n['relu1' + suffix] = L.ReLU(ip1, in_place=True)
    ip2 = n['ip2' + suffix] = L.InnerProduct(ip1, num_output=10, weight_filler=xavier, param=learned('ip2'))
    feat = n['feat' + suffix] = L.InnerProduct(ip2, num_output=2, weight_filler=xavier, param=learned('feat'))
    return feat


def net():
    n = caffe.NetSpec()
    n.pair_data, n.sim = L.DummyData(shape=[dict(dim=[64, 2, 28, 28]), dict(dim=[64])], ntop=2,
                                     transform_param=dict(scale=0.00390625))
    n.data, n.data_p = L.Slice(n.pair_data, name='slice_pair', slice_dim=1, slice_point=1, ntop=2)
    n.loss = L.ContrastiveLoss(tower(n, n.data), tower(n, n.data_p, '_p'), n.sim, margin=1)
    return n.to_proto()
