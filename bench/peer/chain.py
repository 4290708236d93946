"""The twin of bench/trials/chain.ts."""
import sys

import caffe
from stopwatch import take_rounds

path = sys.argv[1]
layers, passes = map(int, sys.argv[2:])
net = caffe.Net(path, caffe.TRAIN)


def forward():
    for _ in range(passes):
        net.forward()


def backward():
    for _ in range(passes):
        net.backward()


def work(stopwatch):
    stopwatch.measure('reshape + forward', passes * layers, forward)
    stopwatch.measure('backward', passes * layers, backward)


take_rounds(work)
