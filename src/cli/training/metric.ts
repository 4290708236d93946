import type { Solver } from '../../index.js';
import { didYouMean } from '../../error/argument.js';
import { outputsByName } from '../../solver/events.js';
import { UsageError } from '../failure.js';

/** An output of the first test net that says how good the weights are. */
export interface Metric {
  name: string;
  /** `min`: lower is better. */
  mode: 'min' | 'max';
}

/**
 * Reads `accuracy`, `loss` or `error:min`. Without `:min` or `:max`, lower is better for a blob with a weight in the
 * loss, and higher for any other.
 *
 * @throws {UsageError} if the first test net has no such output
 */
export function readMetric(option: string, text: string, solver: Solver): Metric {
  const [net] = solver.testNets;
  if (net === undefined) throw new UsageError(`${option} ${text}: the solver has no test net`);
  const [, name = text, mode] = /^(.*):(min|max)$/.exec(text) ?? [];
  const names = net.outputs.flatMap((blob) =>
    Object.keys(outputsByName([blob], [new Float32Array(net.blobs[blob]?.count ?? 0)])).map((output) => ({
      output,
      isLoss: net.blobLossWeights[blob] !== 0,
    })),
  );
  const found = names.find(({ output }) => output === name);
  if (found === undefined) {
    const known = names.map(({ output }) => output);
    throw new UsageError(
      `${option} ${text}: the test net has no output ${name}${didYouMean(name, known) || `, but ${known.join(', ')}`}`,
    );
  }
  return { name, mode: mode === 'min' || mode === 'max' ? mode : found.isLoss ? 'min' : 'max' };
}
