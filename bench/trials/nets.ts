// nets.ts ENGINE USE NAME:BATCH:REPETITIONS ...: trains well-known nets, or infers with them, on an engine.
import { onnx, Net, Solver, type NetMessage } from 'tscaffe';
import * as architectures from '../../test/architectures/index.js';
import { takeRounds } from './stopwatch.js';

/** Once. */
type Run = () => Promise<unknown> | undefined;

const [engine, use, ...works] = process.argv.slice(2) as ['caffe' | 'onednn' | 'onnxruntime', 'train' | 'deploy'];

function training(netParam: NetMessage): Run {
  if (engine === 'onnxruntime') throw new Error('onnxruntime does not train');
  const source = { netParam, baseLr: 1e-6, lrPolicy: 'fixed', display: 0, snapshotAfterTrain: false };
  const solver = new Solver(source, { engine });
  return () => {
    solver.step(1);
    return undefined;
  };
}

/** The same net, exported, with one thread of onnxruntime's own. */
async function session(net: Net): Promise<Run> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 };
  const inference = await InferenceSession.create(onnx.fromNet(net), options);
  const { shape, data } = net.blobs['data'];
  const input = new Tensor('float32', data, shape);
  return () => inference.run({ data: input });
}

async function inference(message: NetMessage): Promise<Run> {
  const net = new Net(message, 'test', engine === 'onnxruntime' ? {} : { engine });
  net.blobs['data'].data.fill(1);
  return engine === 'onnxruntime'
    ? await session(net)
    : () => {
        net.forward();
        return undefined;
      };
}

const runs: [quantity: string, repetitions: number, run: Run][] = [];
for (const work of works as string[]) {
  const [name, batch, repetitions] = work.split(':');
  const message = architectures[name as 'lenet'](Number(batch), use);
  const run = use === 'train' ? training(message) : await inference(message);
  // The first measures which way is the fastest, the second makes what that needs.
  for (let i = 0; i < 2; i++) await run();
  runs.push([`${name}, batch ${batch}`, Number(repetitions), run]);
}

await takeRounds(async (stopwatch) => {
  for (const [quantity, repetitions, run] of runs) {
    await stopwatch.measureAsync(quantity, repetitions, async () => {
      for (let i = 0; i < repetitions; i++) await run();
    });
  }
});
