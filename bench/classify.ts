import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Net } from 'tscaffe';
import { pycaffe, tscaffe, type Benchmark } from './harness/benchmark.js';
import { startNode, startPeer } from './harness/runner.js';

const quantities = ['forwardAll', 'preprocess', 'preprocess with a resize', 'predict, ten crops'];

/** Nets that compute next to nothing, so that what stands around them is measured. */
const scale = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 4 dim: 3 dim: 227 dim: 227 } } }
  layer { name: "scale" type: "Power" bottom: "data" top: "scale" }`;
const means = `layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 10 dim: 3 dim: 227 dim: 227 } } }
  layer { name: "pool" type: "Pooling" bottom: "data" top: "pool" pooling_param { pool: AVE global_pooling: true } }
  layer { name: "ip" type: "InnerProduct" bottom: "pool" top: "ip"
    inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
  layer { name: "prob" type: "Softmax" bottom: "ip" top: "prob" }`;

export const benchmark: Benchmark = {
  name: 'classify',
  title: 'From images to predictions',
  about:
    '`forwardAll` of one batch of 4 × 3 × 227 × 227; `Transformer.preprocess` of an image of 227 × 227 and of one of ' +
    '360 × 480, with the transpose, channel swap, raw scale and mean of CaffeNet; `Classifier.predict` of an image of ' +
    '360 × 480 by ten crops of 227 × 227 out of 256 × 256. The nets compute next to nothing.',
  trials: 3,
  rounds: 10,
  contenders: [
    { name: tscaffe, start: (folder) => startNode('classify.ts', [folder]) },
    { name: pycaffe, needsPycaffe: true, start: (folder) => startPeer('classify.py', [folder]) },
  ],
  goals: quantities.map((quantity) => ({ of: tscaffe, quantity, clock: 'cpu', against: pycaffe, atMost: 1 })),
  prepare(folder) {
    writeFileSync(join(folder, 'scale.prototxt'), scale);
    writeFileSync(join(folder, 'means.prototxt'), means);
    using net = new Net({ text: means }, 'test');
    net.save(join(folder, 'means.caffemodel'));
  },
};
