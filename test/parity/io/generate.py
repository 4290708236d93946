"""What pycaffe's io computes: the images and the numbers that test/parity/io.test.ts holds tscaffe against.

    PYCAFFE test/parity/io/generate.py

PYCAFFE is a Python that can `import caffe`: Debian 11's python3-caffe, with its scikit-image 0.18 and scipy 1.6. Writes peer.json and
images/ beside this file. Arrays are base64 of little-endian float32 (or uint8).
"""
import base64
import json
import os

import numpy as np
import scipy
import skimage
import skimage.io
from PIL import Image

read = skimage.io.imread
# pycaffe asks for `as_grey`, which scikit-image 0.18 calls `as_gray`: load_image raises a TypeError there.
skimage.io.imread = lambda name, as_grey=False: read(name, as_gray=as_grey)

import caffe  # noqa: E402 after the patch
from caffe import io  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def pack(array):
    array = np.ascontiguousarray(array)
    kind = 'uint8' if array.dtype == np.uint8 else 'float64' if array.dtype == np.float64 else 'float32'
    little = array.astype(np.dtype(kind).newbyteorder('<'))
    return {'shape': list(array.shape), 'type': kind, 'data': base64.b64encode(little.tobytes()).decode()}


def draw_images():
    """Smooth colours with a few sharp edges, like a photo; small."""
    rows, columns = np.mgrid[0:15, 0:20]
    image = np.stack([
        127 + 120 * np.sin(rows / 3.5 + columns / 5.5),
        255 * columns / 19.0,
        127 + 120 * np.cos(columns / 2.5) * np.sin(rows / 4.5),
    ], axis=-1)
    image[4:10, 5:12] = 255 - image[4:10, 5:12]
    image = image.astype(np.uint8)
    grey = image[..., 0]
    folder = os.path.join(HERE, 'images')
    os.makedirs(folder, exist_ok=True)
    save = lambda picture, name, **options: picture.save(os.path.join(folder, name), **options)
    save(Image.fromarray(image), 'color.png')
    save(Image.fromarray(grey), 'grey.png')
    save(Image.fromarray((grey.astype(np.int32) * 257 - 3 * (grey > 9)).astype(np.uint16)), 'grey16.png')
    save(Image.fromarray(np.dstack([image, grey])), 'alpha.png')
    save(Image.fromarray(image).quantize(16), 'palette.png')
    save(Image.fromarray(image), 'color.jpg', quality=90)
    save(Image.fromarray(grey), 'grey.jpg', quality=90)
    save(Image.fromarray(image).convert('CMYK'), 'cmyk.jpg', quality=90)
    save(Image.fromarray((grey / 200 - 0.25).astype(np.float32)), 'float.tif')
    for orientation in (5, 6):  # EXIF: mirrored and turned, turned
        exif = Image.Exif()
        exif[0x112] = orientation
        save(Image.fromarray(image), 'orientation%d.jpg' % orientation, quality=90, exif=exif)
        save(Image.fromarray(image), 'orientation%d.png' % orientation, exif=exif)
    return folder


def loads(folder):
    return [
        {'file': name, 'color': color, 'result': pack(io.load_image(os.path.join(folder, name), color))}
        for name in sorted(os.listdir(folder))
        for color in (True, False)
        # Where an image has alpha, versions of scikit-image disagree on its intensity.
        if color or name != 'alpha.png'
    ]


def resizes(random):
    cases = []
    for channels in (1, 3, 2, 4):
        for (height, width), dims in [((7, 9), (14, 5)), ((8, 8), (8, 8)), ((12, 18), (5, 4)), ((5, 5), (1, 1)),
                                      ((6, 6), (3, 12)), ((12, 3), (5, 9)), ((4, 4), (1, 6)), ((10, 10), (25, 2))]:
            for order in (0, 1):
                image = (random.rand(height, width, channels) * 300 - 20).astype(np.float32)
                cases.append({'image': pack(image), 'dims': dims, 'order': order,
                              'result': pack(io.resize_image(image, dims, order))})
    flat = np.full((4, 5, 3), 7.25, dtype=np.float32)
    cases.append({'image': pack(flat), 'dims': (3, 3), 'order': 1, 'result': pack(io.resize_image(flat, (3, 3), 1))})
    return cases


def transforms(image, random):
    shape = (2, 3, 12, 14)
    settings = [
        {},
        {'transpose': (2, 0, 1)},
        {'transpose': (2, 0, 1), 'channelSwap': (2, 1, 0), 'rawScale': 255.0,
         'mean': np.array([104.00699, 116.66877, 122.67892]), 'inputScale': 0.017},
        {'transpose': (2, 0, 1), 'channelSwap': (1, 2, 0), 'rawScale': 255.0,
         'mean': (random.rand(3, 12, 14) * 255).astype(np.float32)},
        {'transpose': (2, 0, 1), 'rawScale': 255.0, 'mean': random.rand(3, 20, 18) * 255},
        {'transpose': (2, 0, 1), 'mean': random.rand(1, 12, 14), 'inputScale': 3},
    ]
    setters = {'transpose': 'set_transpose', 'channelSwap': 'set_channel_swap', 'rawScale': 'set_raw_scale',
               'mean': 'set_mean', 'inputScale': 'set_input_scale'}
    cases = []
    for case in settings:
        transformer = io.Transformer({'data': shape})
        for name, value in case.items():
            getattr(transformer, setters[name])('data', value)
        given = {name: pack(value) if isinstance(value, np.ndarray) else value for name, value in case.items()}
        for picture in (image, image[:12, :14].copy()):
            result = transformer.preprocess('data', picture.copy())
            cases.append({'shape': shape, 'settings': given, 'image': pack(picture), 'preprocessed': pack(result),
                          'deprocessed': pack(transformer.deprocess('data', result))})
    return cases


def oversamples(random):
    cases = []
    for shape, dims in [((6, 8, 3), (4, 5)), ((7, 7, 1), (4, 4)), ((5, 5, 2), (5, 5)), ((9, 6, 3), (2, 3))]:
        images = [random.rand(*shape).astype(np.float32) for _ in range(2)]
        cases.append({'images': [pack(image) for image in images], 'dims': dims,
                      'result': pack(io.oversample(images, dims))})
    return cases


def messages(random):
    """Serialized messages: the bytes themselves are compared."""
    text = lambda data: base64.b64encode(data).decode()
    values = random.randn(2, 3, 4).astype(np.float32)
    diff = random.randn(2, 3, 4).astype(np.float32)
    pixels = random.randint(0, 256, (3, 2, 5)).astype(np.uint8)
    return {
        'values': pack(values),
        'diff': pack(diff),
        'pixels': pack(pixels),
        'blob': text(io.array_to_blobproto(values).SerializeToString()),
        'blobWithDiff': text(io.array_to_blobproto(values, diff).SerializeToString()),
        'blobVector': text(io.arraylist_to_blobprotovector_str([values, diff])),
        'datum': text(io.array_to_datum(pixels).SerializeToString()),
        'labelledDatum': text(io.array_to_datum(pixels, 7).SerializeToString()),
        'floatDatum': text(io.array_to_datum(values, 300).SerializeToString()),
    }


def main():
    random = np.random.RandomState(5)
    folder = draw_images()
    image = io.load_image(os.path.join(folder, 'color.png'))
    result = {
        'versions': {'caffe': caffe.__version__, 'numpy': np.__version__, 'scipy': scipy.__version__,
                     'skimage': skimage.__version__},
        'loads': loads(folder),
        'resizes': resizes(random),
        'transforms': transforms(image, random),
        'oversamples': oversamples(random),
        'messages': messages(random),
    }
    with open(os.path.join(HERE, 'peer.json'), 'w') as file:
        json.dump(result, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
