import { Layer, Net, registerLayer, type Blob } from 'tscaffe';
import { Nothing } from '../layers/nothing.js';

class Promising extends Layer {
  touched = 0;
  override setup([bottom]: Blob[], [top]: Blob[]): void {
    top.reshapeLike(bottom);
  }
  override reshape(): void {
    // As Nothing's.
  }
  override forward([bottom]: Blob[], [top]: Blob[]): Promise<void> {
    this.touched += bottom.data.length + top.data.length;
    return Promise.resolve();
  }
}
registerLayer('Nothing', Nothing);
registerLayer('Promising', Promising);

const [way] = process.argv.slice(2);
const layers = 20;
const forwards = 500;

function chain(length: number): Net {
  const type = way.endsWith('promises') ? 'Promising' : 'Nothing';
  const layer = (i: number): string => `layer { name: "l${i}" type: "${type}" bottom: "b${i}" top: "b${i + 1}" }`;
  const input = 'layer { name: "in" type: "Input" top: "b0" input_param { shape { dim: 10 } } }';
  return new Net({ text: [input, ...Array.from({ length }, (_, i) => layer(i))].join('\n') }, 'test');
}

/** Nanoseconds of one forward: wall time, and the CPU time of all threads. */
async function measure(net: Net): Promise<{ wall: number; cpu: number }> {
  const wall = process.hrtime.bigint();
  const before = process.cpuUsage();
  for (let i = 0; i < forwards; i++) {
    if (way === 'forward') net.forward();
    else await net.forwardAsync();
  }
  const { user, system } = process.cpuUsage(before);
  return { wall: Number(process.hrtime.bigint() - wall) / forwards, cpu: ((user + system) * 1000) / forwards };
}

using none = chain(0);
using many = chain(layers);
for (const net of [none, many]) await measure(net);
const [without, all] = [await measure(none), await measure(many)];
// Caffe calls each layer's reshape and its forward.
const callbacks = 2 * layers;
const each = (clock: 'wall' | 'cpu'): Record<string, number> => ({
  callback: (all[clock] - without[clock]) / callbacks,
});
console.log(JSON.stringify({ wall: each('wall'), cpu: each('cpu') }));
