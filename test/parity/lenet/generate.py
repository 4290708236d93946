"""What pycaffe computes on examples/mnist: the numbers that test/parity/lenet.test.ts holds the TypeScript layers against.

Run it by generate.sh, which fixes the BLAS kernels.
"""
import ctypes
import hashlib
import json
import os
import sys

import caffe
import numpy as np

ITERATIONS = 100


def describe(net):
    """Shape, double-precision sum, sum of magnitudes and SHA-256 of the little-endian float32 bytes of each learnable blob."""
    return {
        '%s[%d]' % (layer, index): {
            'shape': list(blob.data.shape),
            'sum': float(blob.data.sum(dtype=np.float64)),
            'magnitude': float(np.abs(blob.data).sum(dtype=np.float64)),
            'sha256': hashlib.sha256(blob.data.astype('<f4').tobytes()).hexdigest(),
        }
        for layer, blobs in net.params.items()
        for index, blob in enumerate(blobs)
    }


def blas():
    """The name that the OpenBLAS in this process gives itself, its kernels included."""
    try:
        config = ctypes.CDLL('libblas.so.3').openblas_get_config
    except (OSError, AttributeError):
        return 'unknown'
    config.restype = ctypes.c_char_p
    return config().decode()


def main(output):
    solver = caffe.SGDSolver('examples/mnist/lenet_solver.prototxt')
    initial = describe(solver.net)
    losses = []
    for _ in range(ITERATIONS):
        solver.step(1)
        losses.append(float(solver.net.blobs['loss'].data))

    test_net = solver.test_nets[0]
    test_net.share_with(solver.net)
    # Read at once: forward returns views that the next one overwrites.
    scores = [{name: float(value) for name, value in test_net.forward().items()} for _ in range(100)]
    result = {
        'versions': {
            'caffe': caffe.__version__,
            'python': sys.version.split()[0],
            'numpy': np.__version__,
            'blas': blas(),
        },
        'environment': {name: os.environ[name] for name in ('OPENBLAS_CORETYPE', 'OPENBLAS_NUM_THREADS')},
        'losses': losses,
        'test': {name: float(np.mean([score[name] for score in scores])) for name in ('accuracy', 'loss')},
        'initial': initial,
        'final': describe(solver.net),
    }
    with open(output, 'w') as file:
        json.dump(result, file, indent=2)
        file.write('\n')
    print('%s: loss %.6f -> %.6f, accuracy %.4f, %s'
          % (output, losses[0], losses[-1], result['test']['accuracy'], result['versions']['blas']))


if __name__ == '__main__':
    main(sys.argv[1])
