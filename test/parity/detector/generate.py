"""What pycaffe's Detector says of some windows: the numbers that test/parity/detector.test.ts holds tscaffe against.

    PYCAFFE test/parity/detector/generate.py        from the repository's folder, after classifier/generate.py, whose net it uses

PYCAFFE is a Python that can `import caffe`: Debian 11's python3-caffe. Writes peer.json beside this file.
"""
import json

import numpy as np
import skimage.io

read = skimage.io.imread
# pycaffe asks for `as_grey`, which scikit-image 0.18 calls `as_gray`.
skimage.io.imread = lambda name, as_grey=False: read(name, as_gray=as_grey)

import caffe  # noqa: E402 after the patch

HERE = 'test/parity/detector'
MODEL, WEIGHTS = 'test/parity/classifier/deploy.prototxt', 'test/parity/classifier/weights.caffemodel'
# ymin, xmin, ymax, xmax in images of 15 x 20: inside, at each border, the whole, tiny, thin.
WINDOWS = {
    'test/parity/io/images/color.png': [[2, 3, 11, 12], [0, 0, 6, 9], [8, 12, 15, 20], [0, 0, 15, 20], [4, 5, 6, 7]],
    'test/parity/io/images/color.jpg': [[1, 0, 14, 4], [5, 2, 8, 19], [3, 9, 12, 18]],
}
MEAN_IMAGE = np.random.RandomState(2).rand(3, 10, 10) * 255
SETTINGS = [
    {},
    {'contextPad': 2},
    {'contextPad': 1, 'mean': [104.0, 117.0, 123.0], 'rawScale': 255.0, 'channelSwap': [2, 1, 0], 'inputScale': 0.02},
    {'contextPad': 3, 'mean': MEAN_IMAGE.tolist(), 'rawScale': 255.0, 'channelSwap': [1, 2, 0], 'inputScale': 0.01},
    {'mean': [104.0, 117.0, 123.0], 'rawScale': 255.0},
]
NAMES = {'contextPad': 'context_pad', 'mean': 'mean', 'rawScale': 'raw_scale', 'channelSwap': 'channel_swap',
         'inputScale': 'input_scale'}


class Sliceable(np.ndarray):
    """pycaffe cuts out a window's context by floats, which numpy of 2019 and later refuses with a TypeError."""

    def __getitem__(self, key):
        if isinstance(key, tuple):
            whole = lambda edge: None if edge is None else int(edge)
            key = tuple(slice(whole(k.start), whole(k.stop)) if isinstance(k, slice) else k for k in key)
        return np.ndarray.__getitem__(self, key)


load_image = caffe.io.load_image
caffe.io.load_image = lambda name: load_image(name).view(Sliceable)
# ... and astype on the result keeps the class, crop's own result is a plain array.


def main():
    cases = []
    for settings in SETTINGS:
        options = {NAMES[name]: np.array(value) if name == 'mean' else value for name, value in settings.items()}
        detector = caffe.Detector(MODEL, WEIGHTS, **options)
        detections = detector.detect_windows(WINDOWS.items())
        crops = [detector.crop(caffe.io.load_image(d['filename']), d['window']) for d in detections]
        cases.append({
            'options': settings,
            'detections': [
                {'filename': d['filename'], 'window': d['window'], 'prediction': d['prediction'].astype(float).tolist(),
                 'crop': {'shape': list(crop.shape), 'sum': float(np.asarray(crop, dtype=np.float64).sum()),
                          'values': [round(float(x), 7) for x in np.asarray(crop).ravel()[::7]]}}
                for d, crop in zip(detections, crops)
            ],
        })
    with open(HERE + '/peer.json', 'w') as file:
        json.dump(cases, file)
        file.write('\n')


if __name__ == '__main__':
    main()
