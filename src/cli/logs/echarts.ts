// What picture.ts draws with. scripts/bundle.js bundles it into dist/, so that users need not install all of echarts,
// which is 70 MB.
export { LineChart } from 'echarts/charts';
export { GridComponent, LegendComponent } from 'echarts/components';
export { init, use } from 'echarts/core';
export { SVGRenderer } from 'echarts/renderers';
