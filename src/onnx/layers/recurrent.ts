import { count, fieldsOf, refuseBatch, type Conversion, type Converter } from '../conversion.js';
import { Graph, type Shape, type Value } from '../graph.js';

/** The bottoms of a recurrent layer: T·N·..., then T·N, then perhaps one that is the same for all time steps. */
interface Sequence {
  /** T·N·D: what the bottoms give to each time step, whatever came before it. */
  readonly terms: Value;
  /** T·N: 0 where a sequence begins. */
  readonly cont: Value;
  readonly steps: number;
  readonly items: number;
}

/** `x · weightsᵀ + bias` for the rows of x. */
function product(graph: Graph, x: Value, weights: Value, bias?: Value): Value {
  const shape: Shape = [x.shape[0] ?? 1, weights.shape[0] ?? 1];
  return graph.op('Gemm', [x, weights, ...(bias === undefined ? [] : [bias])], shape, { transB: 1 });
}

/** How many bottoms and tops are the state before the first and after the last time step. */
const exposedStates = (layer: Conversion, states: number): number =>
  fieldsOf(layer, 'recurrentParam').exposeHidden ? states : 0;

/** The bottom that is the same for all time steps, if there is one. */
const staticOf = (layer: Conversion, states: number): Value | undefined =>
  layer.bottom.length - exposedStates(layer, states) > 2 ? layer.bottom[2] : undefined;

function sequenceOf(layer: Conversion, states: number): Sequence {
  const { graph, bottom } = layer;
  const [x, cont = x] = bottom;
  refuseBatch(bottom, 'has time as its first axis');
  const [steps = 1, items = 1, ...features] = x.shape;
  const rows = product(graph, graph.reshape(x, [steps * items, count(features)]), layer.blob(0), layer.blob(1));
  let terms = graph.reshape(rows, [steps, items, count(rows.shape.slice(1))]);
  const fixed = staticOf(layer, states);
  if (fixed !== undefined) {
    const matrix = graph.reshape(fixed, [items, count(fixed.shape.slice(1))]);
    terms = graph.add(terms, product(graph, matrix, layer.blob(2)));
  }
  return { terms, cont, steps, items };
}

/** One time step: the next state and what comes out, from the state and the slices for this step. */
type Step<State> = (graph: Graph, state: State, terms: Value, cont: Value) => { state: State; out: Value };

/**
 * Runs `step` over time, by ONNX's Scan: its own LSTM and RNN have no cont, which starts a sequence anew within a
 * batch.
 */
function scan<State extends readonly Value[]>(
  { graph }: Conversion,
  { terms, cont, steps, items }: Sequence,
  initial: State,
  step: Step<State>,
): { state: State; out: Value } {
  const body = new Graph(graph.opset, graph);
  const input = (name: string, shape: Shape): Value => body.input(body.nameFor(`${graph.scope}/${name}`), shape, false);
  const state = initial.map(({ shape }) => input('state', shape));
  const now = input('terms', terms.shape.slice(1));
  const goesOn = input('cont', [items]);
  const next = step(body, state as readonly Value[] as State, now, body.reshape(goesOn, [items, 1]));
  body.outputs = [...next.state, body.op('Identity', [next.out], next.out.shape)];
  const [out, ...last] = graph
    .ops(
      'Scan',
      [...initial, terms, cont],
      [...initial.map(({ shape }) => ({ shape })), { shape: [steps, ...next.out.shape] }],
      { body: { graph: body }, num_scan_inputs: 2 },
    )
    .toReversed() as [Value, ...Value[]];
  return { state: last.toReversed() as readonly Value[] as State, out };
}

/** A state before the first time step: the bottom at `place` from the end, or zeros. */
function initialState(layer: Conversion, items: number, place: number): Value {
  const { graph, bottom } = layer;
  const { numOutput, exposeHidden } = fieldsOf(layer, 'recurrentParam');
  const given = exposeHidden ? bottom.at(place) : undefined;
  if (given !== undefined) return graph.reshape(given, [items, numOutput]);
  return graph.floats(new Float32Array(items * numOutput), [items, numOutput]);
}

/** The tops: what came out at each time step, then the last state if it is exposed. */
function topsOf({ graph, top }: Conversion, out: Value, state: readonly Value[]): Value[] {
  return top.map((shape, i) => graph.reshape([out, ...state][i] ?? out, shape));
}

const lstm: Converter = (layer) => {
  const { numOutput: width } = fieldsOf(layer, 'recurrentParam');
  const sequence = sequenceOf(layer, 2);
  const { items } = sequence;
  const recurrent = layer.blob(staticOf(layer, 2) === undefined ? 2 : 3);
  const step: Step<readonly [hidden: Value, cell: Value]> = (graph, [h, c], terms, cont) => {
    const gates = graph.add(product(graph, graph.multiply(h, cont), recurrent), terms);
    const shape = [items, width];
    const widths = graph.integers([width, width, width, width]);
    const results = [{ shape }, { shape }, { shape }, { shape }] as const;
    const [i, f, o, g] = graph.ops('Split', [gates, widths], results, { axis: 1 });
    const sigmoid = (x: Value): Value => graph.op('Sigmoid', [x], shape);
    const tanh = (x: Value): Value => graph.op('Tanh', [x], shape);
    const kept = graph.multiply(graph.multiply(sigmoid(f), cont), c);
    const cell = graph.add(kept, graph.multiply(sigmoid(i), tanh(g)));
    const hidden = graph.multiply(sigmoid(o), tanh(cell));
    return { state: [hidden, cell], out: hidden };
  };
  const initial = [initialState(layer, items, -2), initialState(layer, items, -1)] as const;
  const { state, out } = scan(layer, sequence, initial, step);
  return topsOf(layer, out, state);
};

const rnn: Converter = (layer) => {
  const sequence = sequenceOf(layer, 1);
  const first = staticOf(layer, 1) === undefined ? 2 : 3;
  const [recurrent, output, bias] = [layer.blob(first), layer.blob(first + 1), layer.blob(first + 2)];
  const step: Step<readonly [hidden: Value]> = (graph, [h], terms, cont) => {
    const before = product(graph, graph.multiply(h, cont), recurrent);
    const hidden = graph.op('Tanh', [graph.add(before, terms)], before.shape);
    const row = product(graph, hidden, output, bias);
    return { state: [hidden], out: graph.op('Tanh', [row], row.shape) };
  };
  const { state, out } = scan(layer, sequence, [initialState(layer, sequence.items, -1)], step);
  return topsOf(layer, out, state);
};

export const recurrents: Readonly<Record<string, Converter>> = { LSTM: lstm, RNN: rnn };
