import { Presets, SingleBar } from 'cli-progress';
import type { Solver, TestReport, TrainingReport } from 'tscaffe';

/** A bar on standard error; where that is not a terminal, a line every five seconds. */
export function progressBar(format: string): SingleBar {
  return new SingleBar({ format, noTTYOutput: true, notTTYSchedule: 5000 }, Presets.shades_classic);
}

/**
 * Shows how far the solver has come on its way to iteration `last`, until the function that it returns is called.
 *
 * @param more - what else to show, asked for after each iteration: `{ epoch: 3 }`
 */
export function showTraining(
  solver: Solver,
  last: number,
  more: () => Record<string, string | number> = () => ({}),
): () => void {
  const shown = [...Object.keys(more()), 'loss', 'accuracy'].map((name) => `${name} {${name}}`).join('  ');
  const bar = progressBar(`training {bar} {value}/{total}  ${shown}  {speed}`);
  const first = solver.iter;
  const start = performance.now();
  const afterIteration = ({ iter, loss }: TrainingReport): void => {
    const milliseconds = (performance.now() - start) / (iter - first);
    bar.update(iter, { ...more(), loss: loss.toFixed(4), speed: `${milliseconds.toFixed(1)} ms an iteration` });
  };
  // The tests that test_interval asks for.
  const afterTest = ({ outputs: { accuracy } }: TestReport): void => {
    bar.update({ accuracy: accuracy.toFixed(4) });
  };
  bar.start(last, first, { ...more(), loss: '-', accuracy: '-', speed: '-' });
  solver.on('iteration', afterIteration).on('test', afterTest);
  return () => {
    solver.off('iteration', afterIteration).off('test', afterTest);
    bar.stop();
  };
}
