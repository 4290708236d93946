#!/usr/bin/env bash
# Writes *.prototxt and every-field.json anew: what pycaffe makes of the Python programs here.
#
#   test/parity/net-spec/generate.sh PYCAFFE     or PYCAFFE in the environment: a Python that can `import caffe`
set -euo pipefail
pycaffe=${1:-${PYCAFFE:?name the Python that can import caffe: generate.sh PYCAFFE}}
[[ $pycaffe != */* ]] || pycaffe=$(realpath "$pycaffe")
here=$(cd "$(dirname "$0")" && pwd)
export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1
exec "$pycaffe" "$here/generate.py" "$here"
