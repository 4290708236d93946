export { fromNet, save, type OnnxOptions } from './from-net.js';
