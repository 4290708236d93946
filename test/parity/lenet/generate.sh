#!/usr/bin/env bash
# Writes peer.json anew: pycaffe trains examples/mnist for 100 iterations with the Python twins of the two TypeScript layers.
#
#   test/parity/lenet/generate.sh PYCAFFE     or PYCAFFE in the environment: a Python that can `import caffe`
#
# The databases must be there: `npm run mnist` writes them.
set -euo pipefail
pycaffe=${1:-${PYCAFFE:?name the Python that can import caffe: generate.sh PYCAFFE}}
[[ $pycaffe != */* ]] || pycaffe=$(realpath "$pycaffe")
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
# One thread, and kernels that every x86-64 machine has: OpenBLAS would otherwise choose both by the machine, and each choice adds up in
# an order of its own. lenet.test.ts runs its process with the same two settings.
export OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Nehalem
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
exec "$pycaffe" "$here/generate.py" "$here/peer.json"
