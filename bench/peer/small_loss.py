"""The twin of bench/layers/small_loss.js."""
import caffe
import numpy as np


class SmallLoss(caffe.Layer):
    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        top[0].reshape(1)

    def forward(self, bottom, top):
        top[0].data[0] = np.sum((bottom[0].data - bottom[1].data) ** 2) / bottom[0].num / 2

    def backward(self, top, propagate_down, bottom):
        scale = top[0].diff[0] / bottom[0].num
        bottom[0].diff[...] = scale * (bottom[0].data - bottom[1].data)
