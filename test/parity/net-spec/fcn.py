import caffe
from caffe import layers as L, params as P

CLASSES = 21


def conv_relu(bottom, count, size=3, stride=1, pad=1):
    conv = L.Convolution(bottom, kernel_size=size, stride=stride, num_output=count, pad=pad,
                         param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)])
    return conv, L.ReLU(conv, in_place=True)


def scores(bottom):
    return L.Convolution(bottom, num_output=CLASSES, kernel_size=1, pad=0,
                         param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)])


def upsample(bottom, size, stride):
    return L.Deconvolution(bottom, param=[dict(lr_mult=0)],
                           convolution_param=dict(num_output=CLASSES, kernel_size=size, stride=stride, bias_term=False,
                                                  group=CLASSES, weight_filler=dict(type='bilinear')))


def cut(bottom, like, offset):
    return L.Crop(bottom, like, axis=2, offset=offset)


def net():
    """FCN-8s on VGG-16, with 512 filters in fc6 and fc7 instead of 4096: half a gigabyte less to build."""
    n = caffe.NetSpec()
    n.data, n.label = L.DummyData(shape=[dict(dim=[1, 3, 64, 96]), dict(dim=[1, 1, 64, 96])], ntop=2)
    x = n.data
    for stage, (count, convs) in enumerate([(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], 1):
        for index in range(1, convs + 1):
            pad = 100 if stage == 1 and index == 1 else 1
            name = '%d_%d' % (stage, index)
            n['conv' + name], n['relu' + name] = conv_relu(x, count, pad=pad)
            x = n['relu' + name]
        n['pool%d' % stage] = x = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=2, stride=2)
    n.fc6, n.relu6 = conv_relu(x, 512, size=7, pad=0)
    n.drop6 = L.Dropout(n.relu6, dropout_ratio=0.5, in_place=True)
    n.fc7, n.relu7 = conv_relu(n.drop6, 512, size=1, pad=0)
    n.drop7 = L.Dropout(n.relu7, dropout_ratio=0.5, in_place=True)
    n.score_fr = scores(n.drop7)
    n.upscore2 = upsample(n.score_fr, 4, 2)
    n.score_pool4 = scores(n.pool4)
    n.score_pool4c = cut(n.score_pool4, n.upscore2, 5)
    n.fuse_pool4 = L.Eltwise(n.upscore2, n.score_pool4c, operation=P.Eltwise.SUM)
    n.upscore_pool4 = upsample(n.fuse_pool4, 4, 2)
    n.score_pool3 = scores(n.pool3)
    n.score_pool3c = cut(n.score_pool3, n.upscore_pool4, 9)
    n.fuse_pool3 = L.Eltwise(n.upscore_pool4, n.score_pool3c, operation=P.Eltwise.SUM)
    n.upscore8 = upsample(n.fuse_pool3, 16, 8)
    n.score = cut(n.upscore8, n.data, 31)
    n.loss = L.SoftmaxWithLoss(n.score, n.label, loss_param=dict(normalize=False, ignore_label=255))
    return n.to_proto()
