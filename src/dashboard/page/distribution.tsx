import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import type { BlobRecord } from '../server/blob-records.js';
import { percent, shortNumber, wholeNumber } from './numbers.js';
import { isDark, themeColor } from './theme.js';

type Sample = BlobRecord['samples'][number];

/** The values that all histograms cover. */
function spanOf(samples: readonly Sample[]): { low: number; high: number } {
  const low = Math.min(...samples.map(({ min }) => min));
  const high = Math.max(...samples.map(({ max }) => max));
  return low === high ? { low: low - 0.5, high: high + 0.5 } : { low, high };
}

const [columns, rows] = [360, 120];

/** Draws histograms over time: the more values, the darker. Counts go by their logarithm, or one bar hides the rest. */
function drawOverTime(context: CanvasRenderingContext2D, samples: readonly Sample[], color: string): void {
  const { low, high } = spanOf(samples);
  const [first, last] = [samples[0]?.iter ?? 0, samples.at(-1)?.iter ?? 1];
  const xOf = (iter: number): number => (last === first ? 0 : ((iter - first) / (last - first)) * columns);
  const yOf = (value: number): number => rows - ((value - low) / (high - low)) * rows;
  context.clearRect(0, 0, columns, rows);
  context.fillStyle = color;
  samples.forEach(({ iter, min, max, histogram, count }, i) => {
    const left = xOf(iter);
    const right = i + 1 < samples.length ? xOf(samples[i + 1]?.iter ?? last) : columns;
    const each = (max - min) / histogram.length;
    histogram.forEach((n, bar) => {
      if (n === 0) return;
      const [bottom, top] = [yOf(min + bar * each), yOf(min + (bar + 1) * each)];
      context.globalAlpha = 0.08 + (0.92 * Math.log1p(n)) / Math.log1p(count);
      context.fillRect(left, Math.min(top, rows - 1), Math.max(1, right - left), Math.max(1, bottom - top));
    });
  });
  context.globalAlpha = 1;
}

function OverTime({ samples, label }: { samples: readonly Sample[]; label: string }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context) drawOverTime(context, samples, themeColor('accent'));
  }, [samples, isDark.value]);
  return <canvas ref={canvas} class="over-time" width={columns} height={rows} role="img" aria-label={label} />;
}

/** The last histogram. */
function Histogram({ histogram, min, max }: Sample): JSX.Element {
  const most = Math.max(1, ...histogram);
  const width = 100 / histogram.length;
  return (
    <figure class="histogram">
      <svg viewBox="0 0 100 60" preserveAspectRatio="none" aria-hidden="true">
        {histogram.map((n, i) => (
          <rect
            key={i}
            x={i * width}
            width={width * 0.86}
            y={60 - (60 * n) / most}
            height={(60 * n) / most}
            fill="currentColor"
          />
        ))}
      </svg>
      <figcaption>
        <span>{shortNumber(min)}</span>
        <span>{shortNumber(max)}</span>
      </figcaption>
    </figure>
  );
}

function Figures({ sample }: { sample: Sample }): JSX.Element {
  const { mean, deviation, norm, zeros, count, notFinite, dead, updateRatio } = sample;
  const rowsOf: [label: string, value: string, isBad?: boolean][] = [
    ['mean', shortNumber(mean)],
    ['deviation', shortNumber(deviation)],
    ['norm', shortNumber(norm)],
    ['zeros', percent(count === 0 ? 0 : zeros / count)],
  ];
  if (updateRatio !== undefined) rowsOf.push(['update / weights', shortNumber(updateRatio)]);
  if (dead !== undefined) rowsOf.push(['dead channels', percent(dead), dead > 0.5]);
  if (notFinite > 0) rowsOf.push(['NaN or infinite', wholeNumber(notFinite), true]);
  return (
    <dl class="figures">
      {rowsOf.map(([label, value, isBad]) => (
        <div key={label} class={isBad === true ? 'bad' : ''}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** How the values of a blob lie, over time and now. */
export function Distribution({ record, blob }: { record: BlobRecord; blob: string }): JSX.Element | null {
  const last = record.samples.at(-1);
  if (last === undefined) return null;
  const title = record.kind === 'weights' ? blob : `${blob}, ${record.kind}`;
  return (
    <section class={`distribution ${last.notFinite > 0 ? 'bad' : ''}`} aria-label={title}>
      <h4>
        {title}
        {last.notFinite > 0 && <strong class="alarm">NaN</strong>}
      </h4>
      <div class="pair">
        <OverTime
          samples={record.samples}
          label={`${title}: its values from iteration ${record.samples[0]?.iter ?? 0}`}
        />
        <Histogram {...last} />
      </div>
      <Figures sample={last} />
    </section>
  );
}
