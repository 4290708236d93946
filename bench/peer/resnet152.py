"""The twin of bench/trials/resnet152.ts."""
import caffe
from caffe import layers as L, params as P


def convolve(n, name, bottom, num_output, kernel_size, stride=1):
    conv = L.Convolution(bottom, num_output=num_output, kernel_size=kernel_size, stride=stride,
                         pad=(kernel_size - 1) // 2, bias_term=False, weight_filler=dict(type='msra'))
    norm = L.BatchNorm(conv, in_place=True)
    scale = L.Scale(norm, in_place=True, bias_term=True)
    n[name], n[name + '/bn'], n[name + '/scale'] = conv, norm, scale
    return scale


def activate(n, name, bottom):
    n[name + '/relu'] = relu = L.ReLU(bottom, in_place=True)
    return relu


def block(n, name, bottom, width, stride, first):
    shortcut = convolve(n, name + '/shortcut', bottom, 4 * width, 1, stride) if first else bottom
    x = activate(n, name + '/1x1', convolve(n, name + '/1x1', bottom, width, 1, stride))
    x = activate(n, name + '/3x3', convolve(n, name + '/3x3', x, width, 3))
    x = convolve(n, name + '/expand', x, 4 * width, 1)
    n[name] = total = L.Eltwise(shortcut, x)
    return activate(n, name, total)


def net():
    n = caffe.NetSpec()
    n.data, n.label = L.DummyData(ntop=2, shape=[dict(dim=[1, 3, 224, 224]), dict(dim=[1])])
    x = activate(n, 'conv1', convolve(n, 'conv1', n.data, 64, 7, 2))
    n.pool1 = x = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    for stage, blocks in enumerate((3, 8, 36, 3)):
        for i in range(blocks):
            x = block(n, 'stage%d/block%d' % (stage, i), x, 64 * 2 ** stage, 2 if i == 0 and stage > 0 else 1, i == 0)
    n.pool2 = L.Pooling(x, pool=P.Pooling.AVE, global_pooling=True)
    n.scores = L.InnerProduct(n.pool2, num_output=1000, weight_filler=dict(type='xavier'))
    n.loss = L.SoftmaxWithLoss(n.scores, n.label)
    return n.to_proto()
