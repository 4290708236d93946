import console from 'node:console';
import { readFileSync } from 'node:fs';
import process from 'node:process';
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

function growth(count, work) {
  for (let i = 0; i < count / 10; i++) work();
  const before = resident();
  for (let i = count / 10; i < count; i++) work();
  return resident() - before;
}

const solver = new SGDSolver(solverPath);
const memory = {
  'growth over steps': growth(steps, () => solver.step(1)),
  'growth over nets': growth(nets, () => {
    const net = new Net(netPath, 'train');
    net.forward();
    net.dispose();
  }),
  peak: status('VmHWM'),
};
console.log(JSON.stringify({ memory }));
