import test from 'ava';
import { Timer } from 'tscaffe';

test('A timer measures between start and stop, and reads 0 before', (t) => {
  const timer = new Timer();
  t.is(timer.ms, 0);
  timer.start();
  const before = performance.now();
  while (performance.now() - before < 5);
  timer.stop();
  const { ms } = timer;
  t.true(ms >= 4.9, `${ms}`);
  t.is(timer.ms, ms);
});

test('Reading stops a timer that runs; it can be started again', (t) => {
  const timer = new Timer();
  timer.start();
  timer.start();
  const { ms } = timer;
  t.true(ms >= 0);
  t.is(timer.ms, ms);
  timer.start();
  timer.stop();
  t.true(timer.ms >= 0);
});
