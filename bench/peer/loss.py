"""The twin of bench/layers/loss.ts and of bench/trials/loss.ts."""
import sys

import caffe
import numpy as np


class NumpyLoss(caffe.Layer):
    """Without temporary arrays: numpy at its best."""

    def setup(self, bottom, top):
        pass

    def reshape(self, bottom, top):
        if not hasattr(self, 'difference') or self.difference.shape != bottom[0].data.shape:
            self.difference = np.zeros_like(bottom[0].data)
        top[0].reshape(1)

    def forward(self, bottom, top):
        np.subtract(bottom[0].data, bottom[1].data, out=self.difference)
        flat = self.difference.ravel()
        top[0].data[0] = np.dot(flat, flat) / bottom[0].num / 2

    def backward(self, top, propagate_down, bottom):
        scale = top[0].diff[0] / bottom[0].num
        for i, sign in enumerate((1, -1)):
            if propagate_down[i]:
                np.multiply(self.difference, np.float32(sign * scale), out=bottom[i].diff)


def work(net, passes):
    for _ in range(passes):
        net.forward()
        net.backward()


def measure(stopwatch, nets):
    for net, size, passes in nets:
        stopwatch.measure(size, passes, lambda: work(net, passes))


if __name__ == '__main__':
    from stopwatch import take_rounds
    nets = [(caffe.Net(path, caffe.TRAIN), size, int(passes)) for path, size, passes in zip(*[iter(sys.argv[1:])] * 3)]
    take_rounds(lambda stopwatch: measure(stopwatch, nets))
