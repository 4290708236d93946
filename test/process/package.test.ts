import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';

const compiler = /^(.+-)?(cc|gcc|g\+\+|c\+\+|c89|c99|cpp|clang.*|cmake|g?make|ld)(-[\d.]+)?$/;

/** A folder with links to every program of PATH but those that build. */
function withoutCompiler(folder: string): string {
  mkdirSync(folder);
  for (const from of [dirname(process.execPath), ...(process.env['PATH'] ?? '').split(delimiter)]) {
    if (!existsSync(from)) continue;
    for (const name of readdirSync(from)) {
      const link = join(folder, name);
      if (compiler.test(name) || existsSync(link)) continue;
      try {
        symlinkSync(realpathSync(join(from, name)), link);
      } catch {
        continue; // a link that leads nowhere
      }
    }
  }
  return folder;
}

/** The megabytes of a folder, links not followed. */
function megabytes(folder: string): number {
  const { stdout } = spawnSync('du', ['--summarize', '--block-size=1M', folder], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10);
}

/** An account that has Node and nothing that compiles; where the tests run as root, it is another user's. */
function account(t: ExecutionContext) {
  const root = scratchFolder(t);
  chmodSync(root, 0o755);
  const [home, project] = ['home', 'project'].map((name) => join(root, name)) as [string, string];
  for (const folder of [home, project]) mkdirSync(folder);
  const registry = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout.trim();
  const env = {
    PATH: withoutCompiler(join(root, 'bin')),
    HOME: home,
    npm_config_registry: registry,
    OPENBLAS_NUM_THREADS: '1',
    ...(process.env['TSCAFFE_DEBIAN_MIRROR'] && { TSCAFFE_DEBIAN_MIRROR: process.env['TSCAFFE_DEBIAN_MIRROR'] }),
  };
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  if (isRoot) spawnSync('chown', ['65534:65534', home, project]);
  return {
    root,
    home,
    project,
    run(...command: string[]): { status: number | null; output: string } {
      const [program = '', ...args] = [...user, ...command];
      const { status, stdout, stderr } = spawnSync(program, args, { cwd: project, env, encoding: 'utf8' });
      return { status, output: stdout + stderr };
    },
  };
}

const training = `
import { readFileSync } from 'node:fs';
import { NetSpec, SGDSolver, layers as L, params as P } from 'tscaffe';

const net = new NetSpec({ name: 'line' });
const weight = { type: 'constant', value: 3 };
net.x = L.DummyData({ shape: { dim: [4, 2] }, dataFiller: { type: 'constant', value: 1 } });
net.y = L.DummyData({ shape: { dim: [4, 1] }, dataFiller: { type: 'constant', value: 5 } });
net.out = L.InnerProduct(net.x, { numOutput: 1, weightFiller: weight });
net.loss = L.EuclideanLoss(net.out, net.y);
const solver = new SGDSolver({ trainNetParam: net.toProto(), baseLr: 0.1, lrPolicy: 'fixed' });
solver.step(1);
console.log(solver.net.params.out[0].data.join(), solver.net.params.out[1].data.join());
console.log(/\\S+tscaffe\\.node/.exec(readFileSync('/proc/self/maps', 'utf8'))[0]);
`;

const ourLibcaffe = process.env['CAFFE_ROOT'] === undefined && process.env['TSCAFFE_ADDON'] === undefined;
const packageTest = ourLibcaffe && process.platform === 'linux' ? test : test.skip;

packageTest('the packages install, set up and train in an account without a compiler', (t) => {
  const user = account(t);
  const packages = join(user.root, 'out');
  const packed = spawnSync('scripts/package', [packages], { encoding: 'utf8' });
  t.is(packed.status, 0, packed.stdout + packed.stderr);
  const archives = readdirSync(packages).map((name) => join(packages, name));
  t.is(archives.length, 2);

  const installed = user.run('npm', 'install', '--no-audit', '--no-fund', ...archives);
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(installed.output)) {
    t.log('skipped: no npm registry can be reached');
    t.pass();
    return;
  }
  t.is(installed.status, 0, installed.output);

  writeFileSync(join(user.project, 'train.mjs'), training);
  const early = user.run('node', 'train.mjs');
  t.not(early.status, 0);
  const setUp = user.run('npx', 'tscaffe', 'setup');
  if (/No package lists of Debian|could not be fetched|no Debian mirror|keys that Debian/.test(setUp.output)) {
    t.log(`skipped: no Debian mirror can be reached: ${setUp.output}`);
    t.pass();
    return;
  }
  t.is(setUp.status, 0, setUp.output);
  t.false(setUp.output.includes('compiled:'), setUp.output);

  // The output is 2 · 3 = 6 for each of 4 items, the target 5: the diff of an output is (6 - 5) / 4, the gradient of a
  // weight and of the bias 1, and a step takes 0.1 of it away.
  const trained = user.run('node', 'train.mjs');
  t.is(trained.status, 0, trained.output);
  const [values, addon] = trained.output.trim().split('\n');
  t.deepEqual(values?.split(/[ ,]/).map(Number), [2.9, 2.9, -0.1].map(Math.fround));
  t.is(
    addon,
    realpathSync(join(user.project, 'node_modules/@tscaffe', `linux-${process.arch}`, 'build/Release/tscaffe.node')),
  );
  t.regex(user.run('npx', 'tscaffe', '--version').output, /^\d+\.\d+\.\d+/);
  t.deepEqual(user.run('npx', 'tscaffe', 'setup'), { status: 0, output: '' }, 'all is done');

  const needed = megabytes(join(user.project, 'node_modules')) + megabytes(join(user.home, '.cache/tscaffe'));
  t.true(needed <= 350, `${needed} MB`);

  // An addon that was built there comes first.
  const copy = join(user.project, 'node_modules/tscaffe/build/Release');
  const platform = join(user.project, `node_modules/@tscaffe/linux-${process.arch}`);
  t.is(
    user.run('cp', '--recursive', join(platform, 'build'), join(platform, '.caffe'), dirname(dirname(copy))).status,
    0,
  );
  t.is(user.run('node', 'train.mjs').output.trim().split('\n')[1], realpathSync(join(copy, 'tscaffe.node')));
  t.regex(user.run('npx', 'tscaffe', 'setup', '--from-source').output, /missing: .*cmake.*g\+\+/);
  t.true(statSync(copy).isDirectory());
});
