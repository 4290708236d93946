import { testExactness } from './exactness.js';

testExactness('blocked');
