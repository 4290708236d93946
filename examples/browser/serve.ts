import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Net, onnx } from 'tscaffe';
import { prepareData, readIdx } from '../mnist/data.js';
import { readArguments, UsageError, wholeNumber } from '../program/arguments.js';

const usage = `npm run browser -- [options]

  --weights FILE  the weights of LeNet (examples/mnist/data/final.caffemodel, which npm run mnist writes)
  --port N        where the page is served, 0 for any free port (8080)
`;

const { weights, port } = readArguments(
  usage,
  {
    weights: { type: 'string', default: 'examples/mnist/data/final.caffemodel' },
    port: { type: 'string', default: '8080' },
  },
  ({ values, positionals }) => {
    if (positionals.length > 0) throw new UsageError(`unexpected ${positionals.join(' ')}`);
    if (!existsSync(values.weights)) throw new UsageError(`there is no ${values.weights}; npm run mnist trains LeNet`);
    return { weights: values.weights, port: wholeNumber('port', values.port) };
  },
);

/** LeNet up to its scores: the layers above are TypeScript, or need labels. */
function exportLenet(): Uint8Array {
  prepareData(); // the net's data layer opens its database as it is built
  using net = new Net('examples/mnist/lenet_train_test.prototxt', 'test', { weights });
  return onnx.fromNet(net, { outputs: ['ip2'], dynamicBatch: true });
}

/** The first images of the test set, 28 x 28 bytes each. */
function someDigits(): Uint8Array {
  const { shape, elements } = readIdx('t10k-images-idx3-ubyte');
  const [, height, width] = shape;
  return elements.subarray(0, 12 * height * width);
}

const own = (name: string): Uint8Array => readFileSync(new URL(name, import.meta.url));
const runtime = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web/wasm')));
const ofRuntime = (name: string): Uint8Array => readFileSync(join(runtime, name));

const files: Record<string, { type: string; content: Uint8Array }> = {
  '/': { type: 'text/html', content: own('index.html') },
  '/classify.js': { type: 'text/javascript', content: own('classify.js') },
  '/ort.wasm.bundle.min.mjs': { type: 'text/javascript', content: ofRuntime('ort.wasm.bundle.min.mjs') },
  '/ort-wasm-simd-threaded.wasm': { type: 'application/wasm', content: ofRuntime('ort-wasm-simd-threaded.wasm') },
  '/lenet.onnx': { type: 'application/octet-stream', content: exportLenet() },
  '/digits': { type: 'application/octet-stream', content: someDigits() },
};

const server = createServer(({ url = '' }, response) => {
  if (!Object.hasOwn(files, url)) {
    response.writeHead(404).end();
    return;
  }
  const { type, content } = files[url];
  response.writeHead(200, { 'content-type': type }).end(content);
});
server.listen(port, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
