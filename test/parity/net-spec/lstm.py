import caffe
from caffe import layers as L, params as P

STEPS, STREAMS, WORDS, HIDDEN = 20, 8, 8801, 256


def net():
    """An image captioner: the words so far and the image's features drive two LSTM layers that name the next word."""
    n = caffe.NetSpec()
    uniform = dict(type='uniform', min=-0.08, max=0.08)
    cell = dict(num_output=HIDDEN, weight_filler=uniform, bias_filler=dict(type='constant', value=0))
    n.image = L.Input(shape=dict(dim=[STREAMS, 512]))
    n.cont, n.input_sentence, n.target_sentence = L.Input(shape=dict(dim=[STEPS, STREAMS]), ntop=3)
    n.embedded = L.Embed(n.input_sentence, input_dim=WORDS, num_output=HIDDEN, bias_term=False, weight_filler=uniform)
    n.lstm1 = L.LSTM(n.embedded, n.cont, n.image, recurrent_param=cell)
    n.lstm2 = L.LSTM(n.lstm1, n.cont, recurrent_param=cell)
    n.dropped = L.Dropout(n.lstm2, dropout_ratio=0.5)
    n.predict = L.InnerProduct(n.dropped, num_output=WORDS, axis=2, weight_filler=uniform,
                               param=[dict(lr_mult=1, decay_mult=1), dict(lr_mult=2, decay_mult=0)])
    n.loss = L.SoftmaxWithLoss(n.predict, n.target_sentence, loss_weight=STEPS, softmax_param=dict(axis=2),
                               loss_param=dict(ignore_label=-1, normalization=P.Loss.BATCH_SIZE),
                               propagate_down=[True, False])
    n.accuracy = L.Accuracy(n.predict, n.target_sentence, axis=2, ignore_label=-1)
    return n.to_proto()
