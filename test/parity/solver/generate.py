"""How pycaffe's solvers train a small net with dropout and batch normalisation: six rules with seven lr policies each. Writes the
numbers that test/parity/solver.test.ts holds tscaffe against.

    OPENBLAS_NUM_THREADS=1 PYCAFFE test/parity/solver/generate.py

PYCAFFE is a Python that can `import caffe`: Debian 11's. Writes peer.json beside this file, which has the prototxts too.
"""
import json
import os
import tempfile

import caffe
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
# No bias below the normalisation: its gradient would be nothing but rounding, which some rules make large.
NET = '''
layer { name: "data" type: "DummyData" top: "x" top: "y" dummy_data_param {
  shape { dim: 8 dim: 3 dim: 6 dim: 6 } shape { dim: 8 } data_filler { type: "gaussian" } data_filler { type: "uniform" max: 4 } } }
layer { name: "label" type: "Threshold" bottom: "y" top: "label" threshold_param { threshold: 2 } }
layer { name: "conv" type: "Convolution" bottom: "x" top: "conv"
  convolution_param { num_output: 4 kernel_size: 3 bias_term: false weight_filler { type: "msra" } } }
layer { name: "norm" type: "BatchNorm" bottom: "conv" top: "conv" }
layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
layer { name: "drop" type: "Dropout" bottom: "conv" top: "conv" dropout_param { dropout_ratio: 0.3 } }
layer { name: "ip" type: "InnerProduct" bottom: "conv" top: "ip" param {} param { lr_mult: 2 decay_mult: 0 }
  inner_product_param { num_output: 4 weight_filler { type: "xavier" } bias_filler { value: 0.1 } } }
layer { name: "loss" type: "HingeLoss" bottom: "ip" bottom: "label" top: "loss" hinge_loss_param { norm: L2 } }
'''
RULES = [('SGD', 'base_lr: 0.02 momentum: 0.9'), ('Nesterov', 'base_lr: 0.02 momentum: 0.9'), ('AdaGrad', 'base_lr: 0.02'),
         ('RMSProp', 'base_lr: 0.02 rms_decay: 0.9'), ('AdaDelta', 'base_lr: 1 momentum: 0.95 delta: 1e-6'),
         ('Adam', 'base_lr: 0.02 momentum: 0.9 momentum2: 0.999')]
POLICIES = ['"fixed"', '"step" gamma: 0.5 stepsize: 7', '"exp" gamma: 0.97', '"inv" gamma: 0.1 power: 0.75',
            '"multistep" gamma: 0.3 stepvalue: 5 stepvalue: 12', '"poly" power: 2', '"sigmoid" gamma: 0.3 stepsize: 10']


def train(solver):
    numbers = {'loss': [], 'lr': []}
    for _ in range(15):
        solver.step(1)
        numbers['loss'].append(float(solver.net.blobs['loss'].data))
        numbers['lr'].append(solver.lr)
    numbers['weights'] = [float(np.abs(blob.data).sum()) for blobs in solver.net.params.values() for blob in blobs]
    return numbers


def main():
    cases = []
    for i, (rule, settings) in enumerate(RULES):
        for j, policy in enumerate(POLICIES):
            more = ['', 'regularization_type: "L1"', 'iter_size: 2'][(i + j) % 3]
            text = ('type: "%s" %s lr_policy: %s %s weight_decay: 0.01 clip_gradients: 5 max_iter: 20 random_seed: %d '
                    'snapshot_after_train: false' % (rule, settings, policy, more, 10 * i + j))
            with tempfile.NamedTemporaryFile('w', suffix='.prototxt') as file:
                file.write('%s net_param { %s }' % (text, NET))
                file.flush()
                cases.append(dict(solver=text, **train(caffe.get_solver(file.name))))
    with open(os.path.join(HERE, 'peer.json'), 'w') as file:
        json.dump({'net': NET, 'cases': cases}, file, indent=1)
        file.write('\n')


if __name__ == '__main__':
    main()
