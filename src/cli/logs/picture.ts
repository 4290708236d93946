import type { LineSeriesOption } from 'echarts/charts';
import { asInCaffe } from '../float.js';
import type { Panel } from './curves.js';

const width = 900;
const panelHeight = 230;
const top = 50;
const bottom = 40;
const font = 'Helvetica, Arial, sans-serif';
/** Told apart also by most who see colours differently (Okabe and Ito). */
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#f0e442'];

/** How a value is drawn: what a logarithm does not have leaves a gap, and so do NaN and the infinities. */
const shown = (value: number, isLog: boolean): number | null =>
  Number.isFinite(value) && (!isLog || value > 0) ? value : null;

/** Draws panels below each other, one axis of iterations (or seconds) for all. */
export async function toSvg(panels: readonly Panel[], options: { log: boolean; seconds: boolean }): Promise<string> {
  const { init, use, LineChart, GridComponent, LegendComponent, SVGRenderer } = await import('./echarts.js');
  use([LineChart, GridComponent, LegendComponent, SVGRenderer]);
  const height = top + panels.length * panelHeight + bottom;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  const labels = [...new Set(panels.flatMap(({ curves }) => curves.map(({ label }) => label)))];
  const xs = panels.flatMap(({ curves }) => curves.flatMap(({ points }) => points.map(([x]) => x)));
  const ends = { min: xs.reduce((a, b) => Math.min(a, b)), max: xs.reduce((a, b) => Math.max(a, b)) };
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: font },
    legend: { top: 8, data: labels, itemGap: 24 },
    grid: panels.map((_, i) => ({ left: 80, right: 30, top: top + i * panelHeight, height: panelHeight - 50 })),
    xAxis: panels.map((_, gridIndex) => ({
      gridIndex,
      type: 'value',
      ...ends,
      ...(gridIndex === panels.length - 1
        ? { name: options.seconds ? 'seconds' : 'iteration', nameLocation: 'middle', nameGap: 28 }
        : {}),
    })),
    yAxis: panels.map(({ quantity, curves }, gridIndex) => ({
      gridIndex,
      type: isLogOf(curves, options.log) ? 'log' : 'value',
      scale: true,
      name: quantity,
      nameLocation: 'middle',
      nameGap: 60,
      axisLabel: { formatter: asInCaffe },
    })),
    series: panels.flatMap((panel, i) => seriesOf(panel, i, labels, options.log)),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

/** The lines of the panel with this index. Those of one run and net have one colour in all panels. */
function seriesOf({ quantity, curves }: Panel, index: number, labels: string[], log: boolean): LineSeriesOption[] {
  const isLog = isLogOf(curves, log);
  return curves.flatMap(({ label, points, smooth, isTest }) => {
    const line: LineSeriesOption = {
      type: 'line',
      name: label,
      color: colors[labels.indexOf(label) % colors.length] ?? '',
      xAxisIndex: index,
      yAxisIndex: index,
      showSymbol: isTest && points.length <= 100,
      symbolSize: 5,
      sampling: 'lttb', // of more points than pixels, those that show the shape
      step: quantity === 'lr' && 'end',
    };
    const data = (values: typeof points): (number | null)[][] => values.map(([x, y]) => [x, shown(y, isLog)]);
    if (smooth === undefined) return [{ ...line, lineStyle: { width: 1.5 }, data: data(points) }];
    return [
      { ...line, showSymbol: false, lineStyle: { width: 1, opacity: 0.3 }, data: data(points) },
      { ...line, showSymbol: false, lineStyle: { width: 2 }, data: data(smooth) },
    ];
  });
}

/** A panel without a number above 0 has no logarithms to show. */
function isLogOf(curves: Panel['curves'], isWanted: boolean): boolean {
  return isWanted && curves.some(({ points }) => points.some(([, y]) => y > 0 && Number.isFinite(y)));
}

/** At twice the size, for screens of today. */
export async function toPng(svg: string): Promise<Uint8Array> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(svg), { density: 144 }).png().toBuffer();
}
