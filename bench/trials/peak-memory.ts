// peak-memory.ts ENGINE NAME BATCH: the most memory that a process needs for a few iterations of training.
import { readFileSync } from 'node:fs';
import { Solver } from 'tscaffe';
import * as architectures from '../../test/architectures/index.js';

const [engine, name, batch] = process.argv.slice(2) as ['caffe' | 'onednn', 'resnet50', string];
const netParam = architectures[name](Number(batch), 'train');
const solver = new Solver(
  { netParam, baseLr: 1e-6, lrPolicy: 'fixed', display: 0, snapshotAfterTrain: false },
  { engine },
);
solver.step(3);
const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
console.log(JSON.stringify({ memory: { peak: Number(kilobytes) * 1024 } }));
