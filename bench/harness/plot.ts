import { init } from 'echarts';
import { show } from './figure.js';
import type { Results } from './results.js';
import type { Clock } from './trial.js';

/** The clock that the goals go by, or else what was measured. */
function clockOf({ goals, contenders }: Results): Clock {
  const measured = Object.keys(contenders[0]?.medians ?? {}) as Clock[];
  return goals[0]?.clock ?? measured[0] ?? 'cpu';
}

/** The medians of all contenders as bars, each quantity relative to the first contender's. */
export function draw(results: Results): string {
  const clock = clockOf(results);
  const present = results.contenders.filter(({ absent }) => absent === undefined);
  const quantities = Object.keys(present[0]?.medians[clock] ?? {});
  const of = (contender: (typeof present)[number], quantity: string): number =>
    contender.medians[clock]?.[quantity] ?? NaN;
  // Nobody here can measure text. Side by side, the names covered each other.
  const legend = present.length * 20;
  const height = 80 + quantities.length * (18 * present.length + 16) + legend;
  const left = 20 + Math.max(...quantities.map(({ length }) => length)) * 7;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 800, height });
  chart.setOption({
    animation: false,
    title: { text: results.title, subtext: clock === 'memory' ? 'memory' : `${clock} time`, left: 'center' },
    legend: { bottom: 4, left: 20, orient: 'vertical', itemGap: 6 },
    grid: { top: 60, bottom: legend + 16, left, right: 90 },
    xAxis: { type: 'value', axisLabel: { show: false }, splitLine: { show: false }, max: 'dataMax' },
    yAxis: { type: 'category', data: quantities, inverse: true },
    series: present.map((contender) => ({
      name: contender.name,
      type: 'bar',
      barGap: 0.1,
      // Quantities of different sizes share one picture: each has a scale of its own, its longest bar fills the width.
      data: quantities.map((quantity) => {
        const all = present.map((each) => of(each, quantity)).filter((value) => value > 0);
        const value = of(contender, quantity);
        return value > 0 ? value / Math.max(...all) : Number.isNaN(value) ? undefined : 0;
      }),
      label: {
        show: true,
        position: 'right',
        formatter: ({ dataIndex }: { dataIndex: number }) => show(of(contender, quantities[dataIndex]), clock),
      },
    })),
  });
  const picture = chart.renderToSVGString();
  chart.dispose();
  return picture;
}
