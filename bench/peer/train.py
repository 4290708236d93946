"""The twin of bench/trials/lenet.ts; the layers are test/parity/lenet/'s."""
import sys

import caffe
from stopwatch import Stopwatch

path = sys.argv[1]
warm_up, iterations = map(int, sys.argv[2:])
solver = caffe.SGDSolver(path)


def step(count):
    for _ in range(count):
        solver.step(1)


step(warm_up)
stopwatch = Stopwatch()
stopwatch.measure('iteration', iterations, lambda: step(iterations))
stopwatch.report()
