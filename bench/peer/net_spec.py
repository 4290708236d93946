"""The twin of bench/trials/net-spec.ts; the programs of LeNet and GoogLeNet are test/parity/net-spec/'s."""
import googlenet
import lenet
import resnet152
from caffe.proto import caffe_pb2
from google.protobuf import text_format
from stopwatch import Stopwatch


def times(count, work):
    for _ in range(count):
        work()


stopwatch = Stopwatch()
for name, build, repetitions in (('LeNet', lenet.net, 50), ('GoogLeNet', googlenet.net, 5),
                                 ('ResNet-152', resnet152.net, 3)):
    text = str(build())
    for what, work in (('build', build), ('parse', lambda: text_format.Parse(text, caffe_pb2.NetParameter()))):
        times(1, work)
        stopwatch.measure('%s, %s' % (name, what), repetitions, lambda: times(repetitions, work))
stopwatch.report()
