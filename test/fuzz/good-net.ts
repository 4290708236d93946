import { Net } from 'tscaffe';

/** y = Σ (2 · 1.5 + 0.5) over three inputs: whatever happened before, the process computes it. */
const text = `
  layer { name: "x" type: "DummyData" top: "x" dummy_data_param { shape { dim: 1 dim: 3 } data_filler { value: 1.5 } } }
  layer { name: "power" type: "Power" bottom: "x" top: "y" power_param { scale: 2 shift: 0.5 } }
  layer { name: "sum" type: "Reduction" bottom: "y" top: "sum" }`;

export function requireGoodNet(): void {
  using net = new Net({ text }, 'test');
  const [sum] = net.forward()['sum'];
  if (sum !== 3 * 3.5) throw new Error(`a good net computes ${sum}`);
}
