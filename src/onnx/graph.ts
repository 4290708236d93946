import { elementTypes } from './schema.js';

export type Shape = readonly number[];

/** A tensor of the graph: of a node, an input or a constant. */
export interface Value {
  /** Unique in the model, also in graphs inside of it. May change until the graph is encoded. */
  name: string;
  /** The shape that it has in the net. */
  readonly shape: Shape;
  readonly type: keyof typeof elementTypes;
  /** Whether its first axis grows with the batch. */
  readonly batch: boolean;
}

/** A number of an attribute is an integer, unless it is inside of {@link float}. */
export type Attributes = Readonly<Record<string, number | readonly number[] | { float: number } | { graph: Graph }>>;

/** A number for an attribute that is of type FLOAT. */
export const float = (value: number): { float: number } => ({ float: value });

/** An application of an operator. */
export interface Node {
  readonly type: string;
  readonly name: string;
  /** Undefined for an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** A value with its bytes, which are read when the graph is encoded. */
export interface Constant {
  readonly value: Value;
  readonly bytes: Uint8Array;
}

/** A result of an operator. */
interface Result {
  shape: Shape;
  /** `'float'` by default. */
  type?: Value['type'];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Names that no two things of a model share. */
class Names {
  readonly #taken = new Set<string>();

  take(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#taken.has(name); i++) name = `${wanted}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

/**
 * A graph of ONNX that grows node by node. Values carry the shapes that they have in the net, and know whether their
 * first axis is the batch, so that a graph for any batch size has no number in it that depends on one.
 */
export class Graph {
  readonly #names: Names;
  readonly #nodeNames: Names;
  /** In an order in which they can run. */
  nodes: Node[] = [];
  constants: Constant[] = [];
  inputs: Value[] = [];
  outputs: Value[] = [];
  /** What is converted: the names of its nodes begin with it. */
  scope = '';

  /**
   * @param opset - the version of ONNX's operators
   * @param outer - the graph around this one, whose values its nodes may use
   */
  constructor(
    readonly opset: number,
    outer?: Graph,
  ) {
    this.#names = outer === undefined ? new Names() : outer.#names;
    this.#nodeNames = outer === undefined ? new Names() : outer.#nodeNames;
    this.scope = outer?.scope ?? '';
  }

  /** A name for a value that nothing else has: `wanted`, or one that begins with it. */
  nameFor(wanted: string): string {
    return this.#names.take(wanted);
  }

  /** @param name - one that nothing else has */
  input(name: string, shape: Shape, batch: boolean): Value {
    const value = { name, shape, type: 'float', batch } as const;
    this.inputs.push(value);
    return value;
  }

  /** Adds a node with one result. */
  op(
    type: string,
    inputs: Node['inputs'],
    shape: Shape,
    attributes: Attributes = {},
    as: Value['type'] = 'float',
  ): Value {
    return this.ops(type, inputs, [{ shape, type: as }], attributes)[0];
  }

  /** Adds a node with several results. Their first axis grows with the batch if that of any input does. */
  ops<const Results extends readonly Result[]>(
    type: string,
    inputs: Node['inputs'],
    results: Results,
    attributes: Attributes = {},
  ): { [I in keyof Results]: Value } {
    const batch = inputs.some((input) => input?.batch === true);
    const name = this.#nodeNames.take(`${this.scope}/${type}`);
    const outputs = results.map(({ shape, type: kind = 'float' }) => ({
      name: this.nameFor(name),
      shape,
      type: kind,
      batch,
    }));
    this.nodes.push({ type, name, inputs, outputs, attributes });
    return outputs as { [I in keyof Results]: Value };
  }

  /** A constant of floats. Its values are read when the graph is encoded. */
  floats(values: Float32Array | readonly number[], shape: Shape = [values.length], name?: string): Value {
    const data = values instanceof Float32Array ? values : Float32Array.from(values);
    return this.#constant(name ?? `${this.scope}/constant`, 'float', shape, bytesOf(data));
  }

  scalar(value: number): Value {
    return this.floats([value], []);
  }

  integers(values: readonly number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(`${this.scope}/constant`, 'int64', [values.length], bytesOf(data));
  }

  #constant(name: string, type: Value['type'], shape: Shape, bytes: Uint8Array): Value {
    const value: Value = { name: this.nameFor(name), shape, type, batch: false };
    this.constants.push({ value, bytes });
    return value;
  }

  add(a: Value, b: Value | number): Value {
    return this.#binary('Add', a, b);
  }

  subtract(a: Value, b: Value | number): Value {
    return this.#binary('Sub', a, b);
  }

  multiply(a: Value, b: Value | number): Value {
    return b === 1 ? a : this.#binary('Mul', a, b);
  }

  divide(a: Value, b: Value | number): Value {
    return this.#binary('Div', a, b);
  }

  /** `b` is broadcast to the shape of `a`. */
  #binary(type: string, a: Value, b: Value | number): Value {
    return this.op(type, [a, typeof b === 'number' ? this.scalar(b) : b], a.shape);
  }

  /** The sum over some axes, which stay with length 1. */
  sum(x: Value, axes: readonly number[]): Value {
    const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
    return this.op('ReduceSum', [x, this.integers(axes)], shape, { keepdims: 1 });
  }

  cast(x: Value, type: Value['type']): Value {
    return this.op('Cast', [x], x.shape, { to: elementTypes[type] }, type);
  }

  /**
   * The same values in another shape. The first axis of a batch must stay the one that grows; its length is then copied
   * or inferred.
   */
  reshape(x: Value, shape: Shape): Value {
    if (shape.length === x.shape.length && shape.every((length, axis) => length === x.shape[axis])) return x;
    const target = [...shape];
    if (x.batch) target[0] = shape[0] === x.shape[0] ? 0 : -1;
    return this.op('Reshape', [x, this.integers(target)], shape, {}, x.type);
  }

  /** The part of each of some axes from `start` up to but not including `end`. With a step of -1 it goes down. */
  slice(x: Value, parts: readonly { axis: number; start: number; end: number; step?: number }[]): Value {
    const shape = [...x.shape];
    for (const { axis, start, end, step = 1 } of parts) shape[axis] = (end - start) / step;
    return this.op(
      'Slice',
      [
        x,
        this.integers(parts.map(({ start }) => start)),
        // One before the first element: -1 would be the last one.
        this.integers(parts.map(({ end }) => (end < 0 ? -(2 ** 31) : end))),
        this.integers(parts.map(({ axis }) => axis)),
        this.integers(parts.map(({ step = 1 }) => step)),
      ],
      shape,
      {},
      x.type,
    );
  }

  /** Values around the axes, from axis 0 on. */
  pad(x: Value, before: readonly number[], after: readonly number[], value: number): Value {
    const shape = x.shape.map((length, axis) => length + (before[axis] ?? 0) + (after[axis] ?? 0));
    return this.op('Pad', [x, this.integers([...before, ...after]), this.scalar(value)], shape);
  }

  concat(values: readonly [Value, ...Value[]], axis: number): Value {
    const [first] = values;
    if (values.length === 1) return first;
    const shape = [...first.shape];
    shape[axis] = values.reduce((length, value) => length + (value.shape[axis] ?? 0), 0);
    return this.op('Concat', values, shape, { axis }, first.type);
  }

  /** Leaves out what no output needs. */
  prune(): void {
    const needed = new Set<Value | undefined>(this.outputs);
    const kept: Node[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue;
      kept.push(node);
      for (const value of usedBy(node)) needed.add(value);
    }
    this.nodes = kept.toReversed();
    this.constants = this.constants.filter(({ value }) => needed.has(value));
    this.inputs = this.inputs.filter((input) => needed.has(input));
  }
}

/** The inputs of a node, and those of the nodes in graphs inside of it. */
function usedBy({ inputs, attributes }: Node): (Value | undefined)[] {
  const inside = Object.values(attributes).flatMap((value) =>
    typeof value === 'object' && 'graph' in value ? value.graph.nodes.flatMap(usedBy) : [],
  );
  return [...inputs, ...inside];
}
