// Well-known nets, as functions of the batch size. Tests and benchmarks build them.
export { autoencoder } from './autoencoder.js';
export { caffenet } from './caffenet.js';
export type { Classifier, Use } from './classifier.js';
export { fcn8s } from './fcn8s.js';
export { googlenet } from './googlenet.js';
export { lenet } from './lenet.js';
export { resnet50 } from './resnet50.js';
export { fillRunningSums } from './running-sums.js';
export { siamese } from './siamese.js';
export { squeezenet } from './squeezenet.js';
export { vgg16 } from './vgg16.js';
