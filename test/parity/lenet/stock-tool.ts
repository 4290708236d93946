/**
 * Holds weights trained here against Debian's stock `caffe test`: both must see the same accuracy on the 10,000 test
 * images.
 *
 *   npx tsx test/parity/lenet/stock-tool.ts [final.caffemodel]
 *
 * `caffe` is taken from the path, or the command line in CAFFE. The tool gets the example's net without the two Python
 * layers, which it has no TypeScript for; Accuracy does not depend on them.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Net } from 'tscaffe';

const model = 'examples/mnist/lenet_train_test.prototxt';
const weights = process.argv[2] ?? 'examples/mnist/data/final.caffemodel';
const batches = 100;

function ours(): number {
  using net = new Net(model, 'test', { weights });
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) sum += net.forward()['accuracy'][0];
  return sum / batches;
}

function theirs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'tscaffe-'));
  try {
    const stock = join(folder, 'lenet_stock.prototxt');
    const layers = readFileSync(model, 'utf8').split(/^(?=layer \{)/m);
    writeFileSync(stock, layers.filter((layer) => !layer.includes('type: "Python"')).join(''));
    const [program, ...options] = (process.env['CAFFE'] ?? 'caffe').split(' ');
    const parameters = ['test', '-model', stock, '-weights', weights, '-iterations', String(batches)];
    // The tool reports through glog, on standard error; shown as it comes if it fails.
    const log = execFileSync('/bin/sh', ['-c', '"$@" 2>&1', 'sh', program, ...options, ...parameters], {
      encoding: 'utf8',
    });
    const accuracy = /\] accuracy = ([\d.]+)/.exec(log);
    if (accuracy === null) throw new Error(`no accuracy in what the tool said:\n${log}`);
    return Number(accuracy[1]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const [here, there] = [ours(), theirs()];
console.log(`${weights} on ${batches * 100} test images: accuracy ${here} here, ${there} in the stock tool`);
// Both are means of float32 numbers of two digits; the tool prints six.
if (Math.abs(here - there) > 1e-5) process.exitCode = 1;
