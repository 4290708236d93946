// The picture of README.md: LeNet, drawn by the package, beside the losses of a run of examples/mnist.
//
//   npm run mnist
//   node --import=tsx docs/picture.ts examples/mnist/data/loss.csv
//
// Writes lenet-light.svg and lenet-dark.svg beside this file: GitHub shows the one that fits the reader's theme.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instance } from '@viz-js/viz';
import { init } from 'echarts';
import { draw } from 'tscaffe';

const net = fileURLToPath(new URL('../examples/mnist/lenet_train_test.prototxt', import.meta.url));
const font = 'Helvetica, Arial, sans-serif';
const height = 430;
const width = { net: 330, gap: 30, curve: 480 };

interface Theme {
  text: string;
  quiet: string;
  line: string;
  /** The boxes of Caffe's own layers. */
  stock: string;
  /** The boxes of the layers in TypeScript, and the curve. */
  own: string;
}

const themes: Record<'light' | 'dark', Theme> = {
  light: { text: '#1f2328', quiet: '#59636e', line: '#d1d9e0', stock: '#f6f8fa', own: '#3178c6' },
  dark: { text: '#e6edf3', quiet: '#9198a1', line: '#3d444d', stock: '#212830', own: '#2f7fd1' },
};

/**
 * The package's graph with one colour for Caffe's layers and one for those in TypeScript, and without the kernels'
 * sizes.
 */
function dotOf({ text, quiet, line, stock, own }: Theme): string {
  const look = [
    'graph [bgcolor=transparent, ranksep=0.13, nodesep=0.5];',
    `node [fontname="Helvetica", fontsize=12, height=0.26, margin="0.12,0.03", color="${line}", fontcolor="${text}"];`,
    `edge [color="${quiet}", arrowsize=0.5];`,
  ];
  return draw
    .getDotGraph(net, { rankdir: 'TB', phase: 'train', labelEdges: false })
    .replaceAll(/"(\w+) \((\w+)[^"]*"/g, '"$1 ($2)"')
    .replaceAll(
      /fillcolor="[^"]*", shape=record, style=filled/g,
      `fillcolor="${stock}", shape=box, style="filled,rounded"`,
    )
    .replaceAll(/fillcolor="[^"]*", shape=octagon, style=filled|^(loss);$/gm, (_, loss: string | undefined) =>
      loss === undefined ? `shape=plain, fontcolor="${quiet}"` : `loss [shape=plain, fontcolor="${quiet}"];`,
    )
    .replaceAll(/^"(\w+) \(Python\)" \[.*\];$/gm, (_, name: string) => {
      const file = name === 'loss' ? 'pyloss.ts' : `${name}.ts`;
      const style = `fillcolor="${own}", color="${own}", fontcolor="#ffffff", shape=box, style="filled,rounded"`;
      return `"${name} (Python)" [label="${name}: ${file}", ${style}];`;
    })
    .replace('rankdir=TB;\n', `rankdir=TB;\n${look.join('\n')}\n`);
}

async function drawNet(theme: Theme): Promise<string> {
  const graphviz = await instance();
  const svg = graphviz.renderString(dotOf(theme), { format: 'svg' });
  const [, box] = /viewBox="([^"]*)"/.exec(svg) ?? [];
  const content = svg
    .slice(svg.indexOf('<g id="graph0"'), svg.lastIndexOf('</svg>'))
    .replaceAll(/<title>.*<\/title>\n/g, '');
  return `<svg width="${width.net}" height="${height}" viewBox="${box}">\n${content}</svg>`;
}

function drawCurve(losses: [iter: number, loss: number][], { text, quiet, line, own }: Theme): string {
  const window = 25;
  const mean = losses.map(([iter], i) => {
    const recent = losses.slice(Math.max(0, i + 1 - window), i + 1);
    return [iter, recent.reduce((sum, [, loss]) => sum + loss, 0) / recent.length];
  });
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: width.curve, height });
  const axis = {
    nameTextStyle: { color: quiet },
    axisLabel: { color: quiet },
    axisLine: { lineStyle: { color: line } },
  };
  const curve = { type: 'line', showSymbol: false, color: own };
  chart.setOption({
    animation: false,
    textStyle: { fontFamily: font },
    legend: { top: 4, right: 10, itemGap: 24, textStyle: { color: text }, itemStyle: { opacity: 0 } },
    grid: { top: 40, left: 56, right: 12, bottom: 44 },
    xAxis: {
      ...axis,
      type: 'value',
      name: 'iteration',
      nameLocation: 'middle',
      nameGap: 28,
      splitLine: { show: false },
    },
    yAxis: { ...axis, type: 'log', name: 'loss', min: 0.02, max: 1, splitLine: { lineStyle: { color: line } } },
    series: [
      { ...curve, name: 'each batch', lineStyle: { width: 1, opacity: 0.4 }, data: losses },
      { ...curve, name: `mean of ${window}`, lineStyle: { width: 2.5 }, data: mean },
    ],
  });
  // A tenth of a pixel is enough, and a third of the bytes.
  const svg = chart
    .renderToSVGString()
    .replaceAll(/ d="[^"]*"/g, (path) =>
      path.replaceAll(/\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10)),
    );
  chart.dispose();
  return svg.replace('<svg ', `<svg x="${width.net + width.gap}" `);
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Usage: node --import=tsx docs/picture.ts FILE.csv');
const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
const losses = lines.map((line) => line.split(',').map(Number) as [number, number]);
const whole = width.net + width.gap + width.curve;
for (const [name, theme] of Object.entries(themes)) {
  const parts = [await drawNet(theme), drawCurve(losses, theme)];
  const picture = fileURLToPath(new URL(`lenet-${name}.svg`, import.meta.url));
  writeFileSync(
    picture,
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${height}" viewBox="0 0 ${whole} ${height}">\n${parts.join('\n')}\n</svg>\n`,
  );
}
