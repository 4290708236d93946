#!/usr/bin/env bash
# Writes anew what Caffe's three upgrade tools make of old.prototxt, old_solver.prototxt and the bytes of old-weights.ts. FOLDER has the
# tools; LD_LIBRARY_PATH must lead to their libraries.
#
#   test/cli/stock/upgrades.sh FOLDER OLD-WEIGHTS
set -euo pipefail
tools=$(cd "$1" && pwd)
cd "$(dirname "$0")"
"$tools/upgrade_net_proto_text" old.prototxt new.prototxt
"$tools/upgrade_solver_proto_text" old_solver.prototxt new_solver.prototxt
"$tools/upgrade_net_proto_binary" "$2" new_weights.caffemodel
