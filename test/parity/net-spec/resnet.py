import caffe
from caffe import layers as L, params as P


def conv_norm(n, name, bottom, count, size, stride=1, relu=True):
    n[name] = L.Convolution(bottom, num_output=count, kernel_size=size, stride=stride, pad=size // 2, bias_term=False,
                            weight_filler=dict(type='msra'), param=dict(lr_mult=1, decay_mult=1))
    n[name + '_bn'] = L.BatchNorm(n[name], in_place=True, param=[dict(lr_mult=0)] * 3)
    n[name + '_scale'] = L.Scale(n[name], in_place=True, bias_term=True, bias_filler=dict(value=0))
    if relu:
        n[name + '_relu'] = L.ReLU(n[name], in_place=True)
    return n[name]


def bottleneck(n, name, bottom, count, stride, project):
    shortcut = conv_norm(n, name + '_branch1', bottom, 4 * count, 1, stride, relu=False) if project else bottom
    x = conv_norm(n, name + '_branch2a', bottom, count, 1, stride)
    x = conv_norm(n, name + '_branch2b', x, count, 3)
    x = conv_norm(n, name + '_branch2c', x, 4 * count, 1, relu=False)
    n[name] = L.Eltwise(shortcut, x, operation=P.Eltwise.SUM)
    n[name + '_relu'] = L.ReLU(n[name], in_place=True)
    return n[name]


def net():
    n = caffe.NetSpec()
    n.data, n.label = L.DummyData(shape=[dict(dim=[1, 3, 224, 224]), dict(dim=[1])], ntop=2)
    x = conv_norm(n, 'conv1', n.data, 64, 7, stride=2)
    n.pool1 = x = L.Pooling(x, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    for stage, (count, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], 2):
        for block in range(blocks):
            stride = 2 if block == 0 and stage > 2 else 1
            x = bottleneck(n, 'res%d%s' % (stage, 'abcdef'[block]), x, count, stride, project=block == 0)
    n.pool5 = L.Pooling(x, pool=P.Pooling.AVE, global_pooling=True)
    n.fc1000 = L.InnerProduct(n.pool5, num_output=1000, weight_filler=dict(type='xavier'))
    n.loss = L.SoftmaxWithLoss(n.fc1000, n.label)
    n.top1, n.top5 = [L.Accuracy(n.fc1000, n.label, top_k=k, include=dict(phase=caffe.TEST)) for k in (1, 5)]
    return n.to_proto()
