from caffe import layers as L, params as P, to_proto

rates = [dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)]


def conv_relu(bottom, size, count, stride=1, pad=0, group=1, bias=0):
    conv = L.Convolution(bottom, kernel_size=size, stride=stride, num_output=count, pad=pad, group=group, param=rates,
                         weight_filler=dict(type='gaussian', std=0.01), bias_filler=dict(type='constant', value=bias))
    return L.ReLU(conv, in_place=True)


def pool_norm(bottom):
    pool = L.Pooling(bottom, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    return L.LRN(pool, local_size=5, alpha=1e-4, beta=0.75)


def fc_relu_drop(bottom, count):
    fc = L.InnerProduct(bottom, num_output=count, param=rates, weight_filler=dict(type='gaussian', std=0.005),
                        bias_filler=dict(type='constant', value=1))
    return L.Dropout(L.ReLU(fc, in_place=True), dropout_ratio=0.5, in_place=True)


def net():
    data, label = L.DummyData(shape=[dict(dim=[2, 3, 227, 227]), dict(dim=[2])], ntop=2)
    first = pool_norm(conv_relu(data, 11, 96, stride=4))
    second = pool_norm(conv_relu(first, 5, 256, pad=2, group=2, bias=1))
    third = conv_relu(second, 3, 384, pad=1)
    fourth = conv_relu(third, 3, 384, pad=1, group=2, bias=1)
    fifth = conv_relu(fourth, 3, 256, pad=1, group=2, bias=1)
    pool = L.Pooling(fifth, pool=P.Pooling.MAX, kernel_size=3, stride=2)
    fc7 = fc_relu_drop(fc_relu_drop(pool, 4096), 4096)
    fc8 = L.InnerProduct(fc7, num_output=1000, param=rates, weight_filler=dict(type='gaussian', std=0.01),
                         bias_filler=dict(type='constant', value=0))
    loss = L.SoftmaxWithLoss(fc8, label)
    accuracy = L.Accuracy(fc8, label, top_k=5)
    return to_proto(loss, accuracy)
