"""Prints the versions of what pycaffe's figures depend on."""
import ctypes
import json
import sys

import caffe
import numpy as np


def blas():
    """The name that OpenBLAS gives itself, its kernels included."""
    try:
        config = ctypes.CDLL('libblas.so.3').openblas_get_config
    except (OSError, AttributeError):
        return 'unknown'
    config.restype = ctypes.c_char_p
    return config().decode()


print(json.dumps({
    'python': sys.version.split()[0],
    'numpy': np.__version__,
    'pycaffe': caffe.__version__,
    "pycaffe's blas": blas(),
}))
