"""The twin of bench/layers/feed.ts and bench/trials/feed.ts."""
import sys

import caffe
import numpy as np

BATCH = 256
SHAPE = (3, 64, 64)
SIZE = 3 * 64 * 64
IMAGES = 1024


class Feed(caffe.Layer):
    def setup(self, bottom, top):
        positions = np.arange(IMAGES)[:, np.newaxis] + np.arange(SIZE)[np.newaxis, :]
        self.pixels = (positions % 251).astype(np.uint8).reshape((IMAGES,) + SHAPE)
        self.first = 0

    def reshape(self, bottom, top):
        top[0].reshape(BATCH, *SHAPE)

    def forward(self, bottom, top):
        batch = self.pixels[self.first:self.first + BATCH]
        np.multiply(batch, np.float32(0.00390625), out=top[0].data)
        self.first = (self.first + BATCH) % IMAGES

    def backward(self, top, propagate_down, bottom):
        pass


if __name__ == '__main__':
    from stopwatch import take_rounds
    net = caffe.Net(sys.argv[1], caffe.TRAIN)
    passes = int(sys.argv[2])

    def work():
        for _ in range(passes):
            net.forward()

    take_rounds(lambda stopwatch: stopwatch.measure('batch', passes, work))
