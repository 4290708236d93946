import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Solver } from 'tscaffe';

test('the net learns to tell the moons apart', () => {
  // Without snapshots, and without tests beside these.
  using solver = new Solver('solver.prototxt', { override: { snapshot: 0, testInterval: 1_000_000 } });
  const before = solver.test().accuracy;
  solver.step(1000);
  const after = solver.test().accuracy;
  assert.ok(after > 0.95, `accuracy ${before} before, ${after} after 1000 iterations`);
});
