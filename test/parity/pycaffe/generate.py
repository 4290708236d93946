"""The public names of pycaffe: what docs/from-pycaffe.md must list, and test/parity/pycaffe/names.test.ts looks for in tscaffe.

    PYCAFFE test/parity/pycaffe/generate.py

PYCAFFE is a Python that can `import caffe` and `import pydotplus`: Debian 11's. Writes names.json beside this file.
"""
import json
import os

import caffe
import caffe.coord_map
import caffe.draw

HERE = os.path.dirname(os.path.abspath(__file__))
CLASSES = [caffe.Net, caffe.Classifier, caffe.Detector, caffe._caffe.Blob, caffe.Layer, caffe.SGDSolver,
           caffe._caffe.SolverParameter, caffe.Timer, caffe._caffe.BlobVec, caffe.io.Transformer]
MODULES = [caffe.io, caffe.draw, caffe.coord_map, caffe.net_spec]


def names_of(thing, known=()):
    return [name for name in dir(thing) if not name.startswith('_') and name not in known]


def made_in(module):
    """Leaves out what a module has only imported."""
    of_caffe = lambda value: (getattr(value, '__module__', None) or type(value).__module__) == module.__name__
    return [name for name in names_of(module) if of_caffe(getattr(module, name))]


def main():
    names = {'caffe': names_of(caffe)}
    for each in CLASSES:
        inherited = names_of(caffe.Net) if each in (caffe.Classifier, caffe.Detector) else ()
        names[each.__name__] = names_of(each, inherited)
    for module in MODULES:
        names[module.__name__.replace('caffe.', '')] = made_in(module)
    with open(os.path.join(HERE, 'names.json'), 'w') as file:
        json.dump(names, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
