"""The twin of bench/trials/net-spec.ts; the programs of LeNet and GoogLeNet are test/parity/net-spec/'s."""
import googlenet
import lenet
import resnet152
from caffe.proto import caffe_pb2
from google.protobuf import text_format
from stopwatch import take_rounds


def times(count, work):
    for _ in range(count):
        work()


def measure(stopwatch):
    for name, build, repetitions in (('LeNet', lenet.net, 10), ('GoogLeNet', googlenet.net, 2),
                                     ('ResNet-152', resnet152.net, 1)):
        text = str(build())
        for what, work in (('build', build), ('parse', lambda: text_format.Parse(text, caffe_pb2.NetParameter()))):
            stopwatch.measure('%s, %s' % (name, what), repetitions, lambda: times(repetitions, work))


take_rounds(measure)
