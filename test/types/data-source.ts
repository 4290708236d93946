// What TypeScript must take and must refuse of data sources: `npm run typecheck` compiles it. It is an error if a line
// below a @ts-expect-error is right after all.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { dataSource, type Sample, type SampleSource, type Solver } from 'tscaffe';

const tops = { data: [3, 8, 8], label: [] };
const data = new Uint8Array(192);

// -- Sources
// ---------------------------------------------------------------------------------------------------------------

dataSource([{ data, label: 1 }], { tops });
const more = [{ data, label: 1, file: 'a.jpg' }];
dataSource(more, { tops: { data: { shape: [3, 8, 8], scale: 1 / 256 }, label: [] } });
dataSource([[data, 1]], { tops });
dataSource({ length: 5, at: (label) => ({ data, label }) }, { tops });
dataSource({ length: 5, at: async (label) => Promise.resolve({ data, label }) }, { tops });
dataSource(new Set([{ data, label: 1 }]), { tops });
dataSource([Promise.resolve({ data, label: 1 })], { tops });
dataSource(
  async function* () {
    for await (const line of createInterface({ input: createReadStream('x') })) yield { data, label: Number(line) };
  },
  { tops },
);
dataSource((epoch, { skip }) => [{ data, label: epoch + skip }], { tops, skips: true });
const source: SampleSource<Sample<'data' | 'label'>> = [{ data, label: 1 }];
dataSource(source, { tops });
// @ts-expect-error a sample lacks a top
dataSource([{ data }], { tops });
// @ts-expect-error text is no values
dataSource([{ data, label: [{}] }], { tops });
// @ts-expect-error a number is no source
dataSource(5, { tops });

// -- Options
// ---------------------------------------------------------------------------------------------------------------

dataSource(source, { tops, batchSize: 2, prefetch: 1, shuffle: 3, last: { pad: { data: 0, label: 255 } } });
dataSource(source, { tops, shuffle: { seed: 1, buffer: 50 }, last: 'wrap', concurrency: 4, type: 'Mine' });
// @ts-expect-error the tops are missing
dataSource(source, { batchSize: 2 });
// @ts-expect-error a value for each top
dataSource(source, { tops, last: { pad: { data: 0 } } });
// @ts-expect-error there is no such way
dataSource(source, { tops, last: 'long' });
// @ts-expect-error there is no such option
dataSource(source, { tops, batch: 2 });

declare const solver: Solver;
solver.restore('x.solverstate', { sources: false });
dataSource({ length: 5, at: (label, { epoch, random }) => ({ data, label: label + epoch * random() }) }, { tops });
dataSource(
  // @ts-expect-error the epoch is a number
  { length: 5, at: (label, { epoch }: { epoch: string }) => ({ data, label: Number(epoch) + label }) },
  { tops },
);
