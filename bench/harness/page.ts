import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { digits, show } from './figure.js';
import { draw } from './plot.js';
import { folder, type GoalResult, type Results } from './results.js';
import { clocks, type Clock } from './trial.js';

const page = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url));
const begin = '<!-- results: written by npm run bench -->';
const end = '<!-- end of results -->';

const titles: Record<Clock, string> = { wall: 'wall', cpu: 'CPU', memory: '' };

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function table({ contenders }: Results): string {
  const measured = clocks.filter((clock) => contenders.some(({ medians }) => medians[clock] !== undefined));
  const rows = measured.flatMap((clock) =>
    // A quantity may be one of some contenders only.
    [...new Set(contenders.flatMap(({ medians }) => Object.keys(medians[clock] ?? {})))].map((quantity) => {
      const cells = contenders.map(({ absent, medians }) => {
        const value = medians[clock]?.[quantity];
        return absent !== undefined ? 'absent' : value === undefined ? '' : show(value, clock);
      });
      return row([`${quantity}${clock === 'memory' ? '' : `, ${titles[clock]}`}`, ...cells]);
    }),
  );
  const names = contenders.map(({ name }) => name);
  return [row(['', ...names]), row(['', ...names].map((_, i) => (i === 0 ? '---' : '--:'))), ...rows].join('\n');
}

function goalRow({ of, quantity, clock, against, than, atMost, figure, met }: GoalResult): string {
  const limit = against === undefined ? show(atMost, clock) : `${digits(atMost)} × ${than ?? against}`;
  const found = figure === null ? 'not measured' : against === undefined ? show(figure, clock) : `${digits(figure)} ×`;
  const verdict = met === null ? '' : met ? 'met' : '**missed**';
  return row([of, `${quantity}${clock === 'memory' ? '' : `, ${titles[clock]}`}`, `≤ ${limit}`, found, verdict]);
}

function goals({ goals }: Results): string {
  if (goals.length === 0) return '';
  return [row(['', 'goal for', 'goal', 'found', '']), '| --- | --- | --- | --: | --- |', ...goals.map(goalRow)].join(
    '\n',
  );
}

function section(results: Results): string {
  const { machine, contenders } = results;
  const absences = new Set(contenders.flatMap(({ absent }) => absent ?? []));
  const rounds = (results.rounds ?? 1) > 1 ? ` of ${results.rounds} rounds` : '';
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `## ${results.title}`,
    results.about,
    table(results),
    [...absences].map((absence) => `Absent: ${absence}.`).join('\n'),
    `![${results.title}](benchmarks/${results.name}.svg)`,
    goals(results),
    `\`npm run bench ${results.name}\`: medians of ${results.trials} trials each${rounds}, in turns, ` +
      `${machine.date.slice(0, 10)}; load at the start ${digits(machine.load)}; ` +
      `${machine.cores} cores, ${machine.cpu}; ${versions.join(', ')}.`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Draws the pictures, and writes the tables between the page's two marks; what stands around them stays. */
export async function writePage(all: Results[]): Promise<void> {
  for (const results of all) writeFileSync(`${folder}/${results.name}.svg`, draw(results));
  const text = readFileSync(page, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has not the lines ${begin} and ${end}`);
  const whole = [`${before}${begin}`, ...all.map(section), `${end}${after}`].join('\n\n');
  writeFileSync(page, await format(whole, { parser: 'markdown', printWidth: 120 }));
}
