import caffe
from caffe import layers as L, params as P


def conv_relu(n, name, bottom, count, size, **shape):
    n[name] = L.Convolution(bottom, num_output=count, kernel_size=size,
                            param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)],
                            weight_filler=dict(type='xavier'), bias_filler=dict(type='constant', value=0.2), **shape)
    parts = name.split('/')
    n['%s/relu_%s' % tuple(parts)] = L.ReLU(n[name], in_place=True)
    return n[name]


def inception(n, name, bottom, c1, c3r, c3, c5r, c5, proj):
    pool = name + '/pool'
    ones = conv_relu(n, name + '/1x1', bottom, c1, 1)
    threes = conv_relu(n, name + '/3x3', conv_relu(n, name + '/3x3_reduce', bottom, c3r, 1), c3, 3, pad=1)
    fives = conv_relu(n, name + '/5x5', conv_relu(n, name + '/5x5_reduce', bottom, c5r, 1), c5, 5, pad=2)
    n[pool] = L.Pooling(bottom, pool=P.Pooling.MAX, kernel_size=3, stride=1, pad=1)
    pooled = conv_relu(n, name + '/pool_proj', n[pool], proj, 1)
    n[name + '/output'] = L.Concat(ones, threes, fives, pooled)
    return n[name + '/output']


def classifier(n, name, features, label, weight):
    n[name + '/classifier'] = L.InnerProduct(features, num_output=1000, weight_filler=dict(type='xavier'))
    n[name + '/loss'] = L.SoftmaxWithLoss(n[name + '/classifier'], label, loss_weight=weight)
    n[name + '/top-5'] = L.Accuracy(n[name + '/classifier'], label, top_k=5, include=dict(phase=caffe.TEST))


def side_loss(n, name, bottom, label):
    n[name + '/ave_pool'] = L.Pooling(bottom, pool=P.Pooling.AVE, kernel_size=5, stride=3)
    conv = conv_relu(n, name + '/conv', n[name + '/ave_pool'], 128, 1)
    n[name + '/fc'] = L.InnerProduct(conv, num_output=1024, weight_filler=dict(type='xavier'))
    n[name + '/relu_fc'] = L.ReLU(n[name + '/fc'], in_place=True)
    n[name + '/drop_fc'] = L.Dropout(n[name + '/fc'], dropout_ratio=0.7, in_place=True)
    classifier(n, name, n[name + '/fc'], label, 0.3)


def net():
    n = caffe.NetSpec()
    n.data, n.label = L.DummyData(shape=[dict(dim=[1, 3, 224, 224]), dict(dim=[1])], ntop=2)
    x = conv_relu(n, 'conv1/7x7_s2', n.data, 64, 7, pad=3, stride=2)
    n['pool1/3x3_s2'] = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    n['pool1/norm1'] = L.LRN(n['pool1/3x3_s2'], local_size=5, alpha=0.0001, beta=0.75)
    x = conv_relu(n, 'conv2/3x3_reduce', n['pool1/norm1'], 64, 1)
    x = conv_relu(n, 'conv2/3x3', x, 192, 3, pad=1)
    n['conv2/norm2'] = L.LRN(x, local_size=5, alpha=0.0001, beta=0.75)
    n['pool2/3x3_s2'] = L.Pooling(n['conv2/norm2'], pool=P.Pooling.MAX, kernel_size=3, stride=2)
    x = inception(n, 'inception_3a', n['pool2/3x3_s2'], 64, 96, 128, 16, 32, 32)
    x = inception(n, 'inception_3b', x, 128, 128, 192, 32, 96, 64)
    n['pool3/3x3_s2'] = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    x = inception(n, 'inception_4a', n['pool3/3x3_s2'], 192, 96, 208, 16, 48, 64)
    side_loss(n, 'loss1', x, n.label)
    x = inception(n, 'inception_4b', x, 160, 112, 224, 24, 64, 64)
    x = inception(n, 'inception_4c', x, 128, 128, 256, 24, 64, 64)
    x = inception(n, 'inception_4d', x, 112, 144, 288, 32, 64, 64)
    side_loss(n, 'loss2', x, n.label)
    x = inception(n, 'inception_4e', x, 256, 160, 320, 32, 128, 128)
    n['pool4/3x3_s2'] = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    x = inception(n, 'inception_5a', n['pool4/3x3_s2'], 256, 160, 320, 32, 128, 128)
    x = inception(n, 'inception_5b', x, 384, 192, 384, 48, 128, 128)
    n['pool5/7x7_s1'] = L.Pooling(x, pool=P.Pooling.AVE, kernel_size=7, stride=1)
    n['pool5/drop'] = L.Dropout(n['pool5/7x7_s1'], dropout_ratio=0.4, in_place=True)
    classifier(n, 'loss3', n['pool5/drop'], n.label, 1)
    return n.to_proto()
