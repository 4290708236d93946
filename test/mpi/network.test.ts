import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ava, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { job, test, type Job } from './job.js';
import { gradients } from './points.js';

const sh = (command: string): boolean => spawnSync('sh', ['-ec', command], { stdio: 'pipe' }).status === 0;

/** Namespaces of the network with a cable between them: as good as two machines. They need root. */
const [here, there] = [`tsc-a-${process.pid}`, `tsc-b-${process.pid}`];
const make = `
  ip netns add ${here}; ip netns add ${there}
  ip link add tsc0 netns ${here} type veth peer name tsc1 netns ${there}
  ip -n ${here} addr add 10.77.0.1/24 dev tsc0; ip -n ${there} addr add 10.77.0.2/24 dev tsc1
  for each in ${here} ${there}; do ip -n $each link set lo up; done
  ip -n ${here} link set tsc0 up; ip -n ${there} link set tsc1 up`;
const remove = `ip netns del ${here}; ip netns del ${there}`;

/** What stands in for ssh: \`agent HOST COMMAND...\` runs the command in the namespace. */
function agentIn(folder: string): string {
  const agent = join(folder, 'agent');
  writeFileSync(
    agent,
    `#!/bin/sh
while [ "$1" != 10.77.0.2 ]; do shift; done
shift
exec ip netns exec ${there} unshare --uts sh -c "hostname there; $*"
`,
  );
  chmodSync(agent, 0o755);
  return agent;
}

interface Figures {
  host: string;
  losses: number[];
  iterations: number;
  bytes: number;
  hidden: number;
  visible: number;
}

/**
 * Trains on two hosts.
 *
 * @param slow - what is done to the cable before
 */
async function onTwoHosts(t: ExecutionContext, program: string, slow = 'true'): Promise<Job<Figures>> {
  t.teardown(() => sh(remove));
  t.true(sh(make));
  t.true(sh(slow));
  return job<Figures>(program, {
    options: ['--host', 'here:1,10.77.0.2:1', '--mca', 'plm_rsh_agent', agentIn(scratchFolder(t))],
    within: ['ip', 'netns', 'exec', here, 'unshare', '--uts', 'sh', '-c', 'hostname here; exec "$@"', 'sh'],
    env: {
      OMPI_MCA_btl: 'self,tcp',
      OMPI_MCA_btl_tcp_if_include: '10.77.0.0/24',
      OMPI_MCA_oob_tcp_if_include: '10.77.0.0/24',
    },
  });
}

const slowed = `tc -n ${here} qdisc add dev tsc0 root netem delay 1ms rate 1gbit
  tc -n ${there} qdisc add dev tsc1 root netem delay 1ms rate 1gbit`;
const canMake = sh(`unshare --net --uts true; ${make}`);
const canSlow = canMake && sh(slowed);
sh(remove);
const onHosts = canMake ? test : ava.serial.skip;
const onSlowHosts = canSlow ? test : ava.serial.skip;
if (!canMake) ava('skipped: two hosts take root, and the command ip', (t) => t.pass());
else if (!canSlow) ava('skipped: a slow link takes the command tc, and a kernel with netem', (t) => t.pass());

const training = `
  import { hostname } from 'node:os';
  const solver = learn(400, 4);
  const averaging = mpi.attach(solver, { check: 10 });
  const losses = [];
  for (let i = 0; i < 30; i++) {
    solver.step(1);
    losses.push(solver.loss);
  }
  const { iterations, bytes, hidden, visible } = averaging;
  tell({ host: hostname(), losses, iterations, bytes, hidden, visible });
`;

onHosts('ranks on two hosts compute what those on one do', async (t) => {
  const two = await onTwoHosts(t, training);
  t.is(two.code, 0, two.output);
  t.deepEqual(
    two.told.map(({ host }) => host),
    ['here', 'there'],
  );
  const one = await job<Figures>(training);
  t.deepEqual(two.told[1].losses, one.told[1].losses);
});

onSlowHosts('over 1 Gbit/s and a millisecond each way too, and the figures tell what it costs', async (t) => {
  const { code, told, output } = await onTwoHosts(t, training, slowed);
  t.is(code, 0, output);
  for (const { iterations, bytes, hidden, visible } of told) {
    t.is(iterations, 30);
    t.is(bytes, 30 * 4 * gradients);
    t.true(visible / iterations > 1, 'an iteration cannot end before its gradients have come, a millisecond later');
    t.log(
      `${bytes / iterations} bytes, ${hidden / iterations} ms hidden, ${visible / iterations} ms visible an iteration`,
    );
  }
});
