import test from 'ava';
import {
  getMode,
  getSolver,
  hasGpu,
  log,
  onLog,
  setMode,
  setMultiprocess,
  setRandomSeed,
  setSolverCount,
  setSolverRank,
  solverCount,
  solverRank,
  SGDSolver,
  Blob,
  fill,
  version,
  type LogLine,
} from 'tscaffe';

test('version is that of the linked Caffe', (t) => {
  t.regex(version, /^\d+\.\d+\.\d+/);
});

test.serial('The mode is the CPU until told otherwise, and only cpu and gpu are modes', (t) => {
  t.is(getMode(), 'cpu');
  setMode('cpu');
  t.is(getMode(), 'cpu');
  t.throws(
    () => {
      setMode('tpu' as never);
    },
    { instanceOf: RangeError, message: /'cpu' or 'gpu'/ },
  );
  if (!hasGpu)
    t.throws(
      () => {
        setMode('gpu');
      },
      { code: 'ERR_CAFFE_NO_GPU', message: /CAFFE_ROOT/ },
    );
});

test.serial('The same seed gives the same random numbers', (t) => {
  const draw = (): number[] => {
    setRandomSeed(5);
    const blob = new Blob(4);
    fill(blob, { type: 'gaussian' });
    return [...blob.data];
  };
  t.deepEqual(draw(), draw());
  t.throws(
    () => {
      setRandomSeed(-1);
    },
    { instanceOf: RangeError },
  );
});

test.serial('The numbers of parallel solvers are those that were set', (t) => {
  t.deepEqual([solverCount(), solverRank()], [1, 0]);
  setMultiprocess(true);
  setSolverCount(3);
  setSolverRank(2);
  t.deepEqual([solverCount(), solverRank()], [3, 2]);
  setSolverRank(0);
  setSolverCount(1);
  setMultiprocess(false);
  t.throws(
    () => {
      setSolverCount(0);
    },
    { instanceOf: RangeError },
  );
});

test.serial('log writes a line into Caffe’s own log', (t) => {
  const lines: LogLine[] = [];
  const stop = onLog((line) => lines.push(line));
  log('hello from here');
  stop();
  t.like(lines.at(-1), { severity: 'info', text: 'hello from here' });
});

test.serial('a listener of the log is not told of lines of its own making', (t) => {
  const lines: string[] = [];
  const stops = [1, 2].map((number) =>
    onLog(({ text }) => {
      lines.push(text);
      log(`${number}: ${text}`);
    }),
  );
  log('once');
  for (const stop of stops) stop();
  t.deepEqual(lines, ['once', 'once']);
});

test('getSolver makes a solver of the rule that the prototxt names', (t) => {
  const text =
    'type: "Adam" momentum: 0.9 base_lr: 0.1 lr_policy: "fixed" net_param { layer { name: "d" type: "DummyData" top: "d" dummy_data_param { shape { dim: 1 } } } }';
  using solver = getSolver({ text });
  t.is(solver.type, 'Adam');
  using forced = new SGDSolver({ text });
  t.is(forced.type, 'SGD');
});
