// Parameters that Caffe divides by without a look: the signal of the processor would end the process. One of arm64
// raises none, its quotient is 0, and a later check of Caffe's fails.
import test from 'ava';
import { Net, Solver } from 'tscaffe';
import { run, tscaffe } from '../process/program.js';
import { goodNet } from './good-net.js';
import { testMistakes, type Mistake } from './mistake.js';

function divides(what: string, shape: string, layer: string, where: string, laterCheck: string): Mistake {
  const text = `layer { name: "data" type: "Input" top: "data" input_param { shape { ${shape} } } }\n${layer}`;
  return {
    what,
    make: () => new Net({ text, file: 'net.prototxt' }, 'train'),
    text: process.arch === 'arm64' ? laterCheck : `integer division by zero in ${where}`,
    file: 'net.prototxt',
    line: 2,
    layer: 'a',
    during: 'setup',
  };
}

testMistakes([
  divides(
    'a convolution in 0 groups',
    'dim: 1 dim: 3 dim: 4 dim: 4',
    'layer { name: "a" type: "Convolution" bottom: "data" top: "a" convolution_param { num_output: 2 kernel_size: 1 group: 0 } }',
    'caffe::BaseConvolutionLayer<float>::LayerSetUp',
    'Check failed: channels_ % group_ == 0 (3 vs. 0) ',
  ),
  divides(
    'a batch normalisation of no images',
    'dim: 0 dim: 3',
    'layer { name: "a" type: "BatchNorm" bottom: "data" top: "a" }',
    'caffe::BatchNormLayer<float>::Reshape',
    'Check failed: data_ ',
  ),
  {
    what: 'an iter_size of 0',
    make: () => new Solver({ text: `net_param { ${goodNet} } base_lr: 1 iter_size: 0`, file: 'solver.prototxt' }),
    code: 'ERR_CAFFE_SOLVER',
    text: 'iter_size must be at least 1, but is 0',
    file: 'solver.prototxt',
  },
]);

test('after such a failure WebAssembly runs as before, where the processor has protection keys too', async (t) => {
  // A module with one function, answer(), that returns 42.
  const module = '0061736d010000000105016000017f03020100070a0106616e7377657200000a06010400412a0b';
  const { code, output } = await run(`
    const { Net } = await import(${JSON.stringify(tscaffe)});
    const text = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 0 dim: 3 } } } ' +
      'layer { name: "a" type: "BatchNorm" bottom: "data" top: "a" }';
    try { new Net({ text }, 'train'); } catch (error) { console.log(error.code); }
    const { instance } = await WebAssembly.instantiate(Buffer.from('${module}', 'hex'));
    console.log(instance.exports.answer());
  `);
  t.is(code, 0, output);
  t.regex(output, /^ERR_CAFFE_CHECK\n42$/m);
});
