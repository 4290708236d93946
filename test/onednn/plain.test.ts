import { testExactness } from './exactness.js';

testExactness('plain', ['Convolution', 'Deconvolution']);
