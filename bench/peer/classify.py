"""The twin of bench/trials/classify.ts."""
import os
import sys

import caffe
import numpy as np
from stopwatch import take_rounds

folder = sys.argv[1]


def picture(height, width):
    data = np.arange(height * width * 3, dtype=np.int64) * 7919 % 256 / 255.0
    return data.astype(np.float32).reshape(height, width, 3)


net = caffe.Net(os.path.join(folder, 'scale.prototxt'), caffe.TEST)
batch = np.full((4, 3, 227, 227), 0.5, dtype=np.float32)

transformer = caffe.io.Transformer({'data': (4, 3, 227, 227)})
transformer.set_transpose('data', (2, 0, 1))
transformer.set_channel_swap('data', (2, 1, 0))
transformer.set_raw_scale('data', 255)
transformer.set_mean('data', np.array([104.0, 117.0, 123.0]))
fitting = picture(227, 227)
photo = picture(360, 480)

classifier = caffe.Classifier(os.path.join(folder, 'means.prototxt'), os.path.join(folder, 'means.caffemodel'),
                              image_dims=(256, 256), mean=np.array([104.0, 117.0, 123.0]), raw_scale=255,
                              channel_swap=(2, 1, 0))


def measure(stopwatch):
    for quantity, work, repetitions in (
            ('forwardAll', lambda: net.forward_all(data=batch), 60),
            ('preprocess', lambda: transformer.preprocess('data', fitting), 200),
            ('preprocess with a resize', lambda: transformer.preprocess('data', photo), 15),
            ('predict, ten crops', lambda: classifier.predict([photo]), 8)):

        def repeat():
            for _ in range(repetitions):
                work()

        stopwatch.measure(quantity, repetitions, repeat)


take_rounds(measure)
