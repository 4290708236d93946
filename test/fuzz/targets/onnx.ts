// Exports of nets of random stock layers with odd fields, most of which are refused. Those that come to be must be
// whole; that they compute the right numbers is what test/onnx/fuzz.ts looks at.
import { Net, onnx as exporter } from 'tscaffe';
import { structureMistakes } from '../../onnx/structure.js';
import { isSmall } from '../small.js';
import { stockNet } from '../stock-net.js';
import type { Target } from '../target.js';
import { did } from '../trail.js';

export const onnx: Target = (random) => {
  const text = stockNet(random);
  did(text);
  using net = new Net({ text }, random.chance(0.95) ? 'test' : 'train');
  if (!isSmall(net)) return;
  const options = {
    ...(random.chance(0.5) ? { opset: random.pick([12, 13, 14, 15, 16, 17, 18, 19]) } : {}),
    ...(random.chance(0.3) ? { dynamicBatch: true } : {}),
    ...(random.chance(0.3) ? { outputs: [random.pick(net.blobNames), random.pick(net.blobNames)] } : {}),
  };
  did(`export with ${JSON.stringify(options)}`);
  const mistakes = structureMistakes(exporter.fromNet(net, options));
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
};
