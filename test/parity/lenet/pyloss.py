"""The Python twin of examples/mnist/pyloss.ts."""
import caffe
import numpy as np


class EuclideanLossLayer(caffe.Layer):
    def setup(self, bottom, top):
        if len(bottom) != 2 or len(top) != 1:
            raise ValueError('EuclideanLossLayer takes two bottoms and one top')

    def reshape(self, bottom, top):
        if bottom[0].count != bottom[1].count:
            raise ValueError('the two bottoms must hold the same number of elements')
        self.difference = np.zeros(bottom[0].data.shape, dtype=np.float32)
        top[0].reshape(1)

    def forward(self, bottom, top):
        # In double precision, which is what TypeScript's numbers are; rounded to float32 where it is stored. A sum over float32, numpy's
        # default here, would differ from it in the seventh digit.
        difference = np.subtract(bottom[0].data, bottom[1].data, dtype=np.float64)
        self.difference[...] = difference
        top[0].data[...] = np.sum(difference * difference) / bottom[0].num / 2

    def backward(self, top, propagate_down, bottom):
        scale = float(top[0].diff[0]) / bottom[0].num
        for i, sign in enumerate((1, -1)):
            if propagate_down[i]:
                bottom[i].diff[...] = np.multiply(sign * scale, self.difference, dtype=np.float64)
