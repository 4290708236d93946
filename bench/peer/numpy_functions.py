"""The twin of bench/trials/numpy.ts."""
import caffe  # the same BLAS and threads as in the other benchmarks
import numpy as np
from stopwatch import take_rounds

ROWS, COLUMNS = 64, 1000
x = ((np.arange(ROWS * COLUMNS) * 7919 % 10007) / 1000).astype(np.float32).reshape(ROWS, COLUMNS)
y = np.empty_like(x)
row = x[0].copy()
column = np.full((ROWS, 1), 3, np.float32)
of_columns = np.empty(COLUMNS, np.float32)
image = np.ones((227, 227, 3), np.float32)
planes = np.empty((3, 227, 227), np.float32)


def softmax():
    np.subtract(x, x.max(axis=1, keepdims=True), out=y)
    np.exp(y, out=y)
    np.divide(y, y.sum(axis=1, keepdims=True), out=y)


def transpose():
    planes[...] = image.transpose(2, 0, 1)


WORK = (
    ('sum of all', 1000, lambda: x.sum()),
    ('max of all', 1000, lambda: x.max()),
    ('argmax of rows', 1000, lambda: x.argmax(axis=1)),
    ('max of columns', 1000, lambda: x.max(axis=0, out=of_columns)),
    ('add a row', 1000, lambda: np.add(x, row, out=y)),
    ('subtract a column', 1000, lambda: np.subtract(x, column, out=y)),
    ('softmax of rows', 200, softmax),
    ('argsort of all', 20, lambda: x.ravel().argsort()),
    ('H·W·K to K·H·W', 200, transpose),
)


def measure(stopwatch):
    for quantity, repetitions, once in WORK:
        def work(repetitions=repetitions, once=once):
            for _ in range(repetitions):
                once()
        stopwatch.measure(quantity, repetitions, work)


take_rounds(measure)
