import console from 'node:console';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { Net, SGDSolver } from 'tscaffe';

const [solverPath, netPath, ...counts] = process.argv.slice(2);
const [steps, nets] = counts.map(Number);

/** A line of /proc/self/status, in bytes. */
function status(name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

/** Resident bytes. What V8 has not collected yet is no growth: it would be, had it to be kept. */
function resident() {
  globalThis.gc();
  return status('VmRSS');
}

/** What is added by the last third of three times as much work: V8's heap takes its size in the first two. */
async function growth(count, work) {
  const sizes = [];
  for (let third = 0; third < 3; third++) {
    for (let i = 0; i < count; i++) await work();
    sizes.push(resident());
  }
  return sizes[2] - sizes[1];
}

const solver = new SGDSolver(solverPath);
function runNet() {
  const net = new Net(netPath, 'train');
  net.forward();
  return net;
}

const memory = {
  'growth over steps': await growth(steps, () => solver.step(1)),
  'growth over nets': await growth(nets, async () => {
    runNet().dispose();
    await setImmediate();
  }),
  peak: status('VmHWM'),
};
// What arrays on Caffe's memory hold is freed between two turns of the event loop, and only there.
memory['growth over nets, collected in one turn'] = await growth(nets, runNet);
console.log(JSON.stringify({ memory }));
