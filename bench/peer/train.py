"""The twin of bench/trials/lenet.ts; the layers are test/parity/lenet/'s."""
import sys

import caffe
from stopwatch import take_rounds

iterations = int(sys.argv[2])
solver = caffe.SGDSolver(sys.argv[1])


def step():
    for _ in range(iterations):
        solver.step(1)


take_rounds(lambda stopwatch: stopwatch.measure('iteration', iterations, step))
