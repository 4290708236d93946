"""What pycaffe's draw makes of some nets: the graphs that test/parity/draw.test.ts holds tscaffe against.

    PYCAFFE test/parity/draw/generate.py        from the repository's folder

PYCAFFE is a Python that can `import caffe` and `import pydotplus`: Debian 11's. Writes peer.json beside this file.
"""
import json
import os

import caffe.draw
from caffe.proto import caffe_pb2
from google.protobuf import text_format

HERE = 'test/parity/draw'
NETS = [HERE + '/zoo.prototxt', HERE + '/nameless.prototxt', 'examples/mnist/lenet_train_test.prototxt']
OPTIONS = [
    {},
    {'rankdir': 'TB'},
    {'rankdir': 'BT', 'phase': 'train'},
    {'phase': 'test', 'displayLrm': True},
    {'labelEdges': False, 'displayLrm': True},
]


def graph(file, rankdir='LR', labelEdges=True, phase=None, displayLrm=False):
    net = caffe_pb2.NetParameter()
    with open(file) as text:
        text_format.Merge(text.read(), net)
    phase = None if phase is None else {'train': caffe_pb2.TRAIN, 'test': caffe_pb2.TEST}[phase]
    dot = caffe.draw.get_pydot_graph(net, rankdir, labelEdges, phase, displayLrm).to_string()
    # pydot prints two spaces before an arrow's attributes.
    return dot.replace('  [', ' [')


def main():
    cases = [{'net': net, 'options': options, 'dot': graph(net, **options)} for net in NETS for options in OPTIONS]
    with open(os.path.join(HERE, 'peer.json'), 'w') as file:
        json.dump(cases, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
