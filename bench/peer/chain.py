"""The twin of bench/trials/chain.ts."""
import sys

import caffe
from stopwatch import Stopwatch

path = sys.argv[1]
layers, passes = map(int, sys.argv[2:])
net = caffe.Net(path, caffe.TRAIN)


def forward(count):
    for _ in range(count):
        net.forward()


def backward(count):
    for _ in range(count):
        net.backward()


forward(passes // 5)
backward(passes // 5)
stopwatch = Stopwatch()
stopwatch.measure('reshape + forward', passes * layers, lambda: forward(passes))
stopwatch.measure('backward', passes * layers, lambda: backward(passes))
stopwatch.report()
