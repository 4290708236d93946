"""The Python twin of examples/mnist/one_hot.ts."""
import caffe
import numpy as np


class label2one_hot(caffe.Layer):
    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 1:
            raise ValueError('label2one_hot takes two bottoms (label, scores) and one top')

    def reshape(self, bottom, top):
        top[0].reshape(*bottom[1].data.shape)

    def forward(self, bottom, top):
        labels = bottom[0].data.ravel().astype(int)
        rows = top[0].data
        rows[...] = 0
        rows[np.arange(len(labels)), labels] = 1

    def backward(self, top, propagate_down, bottom):
        if propagate_down[1]:
            bottom[1].diff[...] = 0
