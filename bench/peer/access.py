"""The twin of bench/trials/access.ts."""
import tempfile

import caffe
from stopwatch import take_rounds

TEXT = '''layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 1 dim: 4 } } }
  layer { name: "power" type: "Power" bottom: "data" top: "power" }'''

with tempfile.NamedTemporaryFile('w', suffix='.prototxt') as file:
    file.write(TEXT)
    file.flush()
    net = caffe.Net(file.name, caffe.TEST)
blob = net.blobs['data']


def data(count):
    for _ in range(count):
        blob.data


def blobs(count):
    for _ in range(count):
        net.blobs['power']


def forward(count):
    for _ in range(count):
        net.forward()['power']


def measure(stopwatch):
    for quantity, work, repetitions in (('blob.data', data, 100000), ('net.blobs[name]', blobs, 100000),
                                        ('net.forward()', forward, 10000)):
        stopwatch.measure(quantity, repetitions, lambda: work(repetitions))


take_rounds(measure)
