"""The twin of bench/trials/memory.js."""
import gc
import json
import re
import sys

import caffe

solver_path, net_path = sys.argv[1:3]
steps, nets = map(int, sys.argv[3:])


def status(name):
    with open('/proc/self/status') as file:
        return int(re.search(r'^%s:\s+(\d+) kB' % name, file.read(), re.M).group(1)) * 1024


def resident():
    gc.collect()
    return status('VmRSS')


def growth(count, work):
    sizes = []
    for _ in range(3):
        for _ in range(count):
            work()
        sizes.append(resident())
    return sizes[2] - sizes[1]


def run_net():
    caffe.Net(net_path, caffe.TRAIN).forward()


solver = caffe.SGDSolver(solver_path)
memory = {
    'growth over steps': growth(steps, lambda: solver.step(1)),
    'growth over nets': growth(nets, run_net),
    'peak': status('VmHWM'),
}
print(json.dumps({'memory': memory}))
