"""generate.py FOLDER: writes what pycaffe makes of the programs beside this one: NAME.prototxt each, and every-field.json."""
import importlib
import json
import os
import sys

NETS = ['lenet', 'caffenet', 'googlenet', 'resnet', 'fcn', 'siamese', 'lstm', 'autoencoder', 'cifar10', 'squeezenet']

folder = sys.argv[1]
for name in NETS:
    with open(os.path.join(folder, name + '.prototxt'), 'w') as file:
        file.write(str(importlib.import_module(name).net()))
cases = [json.dumps(case, sort_keys=True) for case in importlib.import_module('every_field').cases()]
with open(os.path.join(folder, 'every-field.json'), 'w') as file:
    file.write('[\n%s\n]\n' % ',\n'.join(cases))
