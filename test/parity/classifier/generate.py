"""What pycaffe's Classifier says of some images: the numbers that test/parity/classifier.test.ts holds tscaffe against.

    PYCAFFE test/parity/classifier/generate.py        from the repository's folder

PYCAFFE is a Python that can `import caffe`: Debian 11's python3-caffe. Writes weights.caffemodel and peer.json beside this file.
"""
import json

import numpy as np
import skimage.io

read = skimage.io.imread
# pycaffe asks for `as_grey`, which scikit-image 0.18 calls `as_gray`.
skimage.io.imread = lambda name, as_grey=False: read(name, as_gray=as_grey)

import caffe  # noqa: E402 after the patch

HERE = 'test/parity/classifier'
IMAGES = ['test/parity/io/images/' + name for name in ('color.png', 'color.jpg', 'grey16.png')]
SETTINGS = [
    {},
    {'imageDims': [12, 14]},
    {'imageDims': [13, 10], 'mean': [104.0, 117.0, 123.0], 'rawScale': 255.0, 'channelSwap': [2, 1, 0], 'inputScale': 0.02},
    {'imageDims': [16, 21], 'mean': [0.25, 0.5, 0.75]},
]
NAMES = {'imageDims': 'image_dims', 'mean': 'mean', 'rawScale': 'raw_scale', 'channelSwap': 'channel_swap',
         'inputScale': 'input_scale'}


def main():
    model, weights = HERE + '/deploy.prototxt', HERE + '/weights.caffemodel'
    caffe.set_random_seed(3)
    caffe.Net(model, caffe.TEST).save(weights)
    images = [caffe.io.load_image(name) for name in IMAGES]
    cases = []
    for settings in SETTINGS:
        options = {NAMES[name]: np.array(value) if name == 'mean' else value for name, value in settings.items()}
        classifier = caffe.Classifier(model, weights, **options)
        for oversample in (True, False):
            predictions = classifier.predict(images, oversample)
            cases.append({'options': settings, 'oversample': oversample, 'predictions': predictions.astype(float).tolist()})
    with open(HERE + '/peer.json', 'w') as file:
        json.dump({'images': IMAGES, 'cases': cases}, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
