import { init } from 'echarts';
import type { Loss } from './losses.js';

/** The loss of each iteration and its running mean as an SVG picture. */
export function drawLossCurve(losses: readonly Loss[]): string {
  const window = 25;
  const mean = losses.map(({ iter }, i) => {
    const recent = losses.slice(Math.max(0, i + 1 - window), i + 1);
    return [iter, recent.reduce((sum, { loss }) => sum + loss, 0) / recent.length];
  });
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 900, height: 450 });
  chart.setOption({
    animation: false,
    title: { text: 'LeNet on MNIST', left: 'center' },
    legend: { top: 36 },
    grid: { top: 90 },
    xAxis: { type: 'value', name: 'iteration', nameLocation: 'middle', nameGap: 28 },
    yAxis: { type: 'log', name: 'Euclidean loss' },
    series: [
      {
        name: 'loss',
        type: 'line',
        showSymbol: false,
        lineStyle: { width: 1, opacity: 0.4 },
        data: losses.map(({ iter, loss }) => [iter, loss]),
      },
      { name: `mean of the last ${window}`, type: 'line', showSymbol: false, lineStyle: { width: 2 }, data: mean },
    ],
  });
  const picture = chart.renderToSVGString();
  chart.dispose();
  return picture;
}
