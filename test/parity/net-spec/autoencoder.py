import caffe
from caffe import layers as L


def dense(bottom, count):
    return L.InnerProduct(bottom, num_output=count, weight_filler=dict(type='gaussian', std=1, sparse=15),
                          bias_filler=dict(type='constant', value=0),
                          param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=1, decay_mult=0)])


def net():
    n = caffe.NetSpec()
    n.data, n.label = L.DummyData(shape=[dict(dim=[100, 1, 28, 28]), dict(dim=[100])], ntop=2,
                                  data_filler=[dict(type='uniform'), dict(type='constant', value=3)])
    n.silence = L.Silence(n.label, ntop=0)
    n.flatdata = L.Flatten(n.data)
    x = n.data
    for index, count in enumerate([1000, 500, 250], 1):
        n['encode%d' % index] = dense(x, count)
        n['encode%dneuron' % index] = x = L.Sigmoid(n['encode%d' % index])
    n.code = dense(x, 30)
    x = n.code
    for index, count in zip([4, 3, 2], [250, 500, 1000]):
        n['decode%d' % index] = dense(x, count)
        n['decode%dneuron' % index] = x = L.Sigmoid(n['decode%d' % index])
    n.decode1 = dense(x, 784)
    n.cross_entropy_loss = L.SigmoidCrossEntropyLoss(n.decode1, n.flatdata, loss_weight=1)
    n.decode1neuron = L.Sigmoid(n.decode1)
    n.l2_error = L.EuclideanLoss(n.decode1neuron, n.flatdata, loss_weight=0)
    return n.to_proto()
