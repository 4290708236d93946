import { testExactness } from './exactness.js';

testExactness('blocked', [
  ...['Convolution', 'Deconvolution', 'InnerProduct', 'Pooling', 'ReLU', 'ELU', 'Sigmoid', 'TanH', 'LRN', 'BatchNorm'],
  ...['Scale', 'Eltwise', 'Concat', 'Softmax', 'Split', 'Dropout'],
]);
