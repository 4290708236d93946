// The rules of ONNX's own checker, which is in Python and not everywhere: what a model must be beside giving the right
// numbers.
import { createRequire } from 'node:module';
import type * as OnnxProto from 'onnx-proto';

export const { onnx: schema } = createRequire(import.meta.url)('onnx-proto') as typeof OnnxProto;

type Graph = OnnxProto.onnx.IGraphProto;

export const decode = (model: Uint8Array): OnnxProto.onnx.ModelProto => schema.ModelProto.decode(model);
export const encode = (model: OnnxProto.onnx.ModelProto): Uint8Array => schema.ModelProto.encode(model).finish();

/** The bytes of an element, by the number of its type: float, int64, bool. */
const elementSize: Record<number, number> = { 1: 4, 7: 8, 9: 1 };

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** Follows the graph and those inside of it, in the order in which they run. */
class Walk {
  readonly mistakes: string[] = [];
  readonly #nodes = new Set<string>();
  readonly #defined = new Set<string>();
  readonly #used = new Set<string>();

  graph(graph: Graph, outer: ReadonlySet<string>): void {
    const visible = new Set(outer);
    const define = (name: string, what: string): void => {
      if (name === '' || this.#defined.has(name)) this.mistakes.push(`${what} is named "${name}", as another is`);
      this.#defined.add(name);
      visible.add(name);
    };
    const use = (name: string, what: string): void => {
      if (!visible.has(name)) this.mistakes.push(`${what} "${name}" is nothing that came before`);
      this.#used.add(name);
    };
    for (const { name } of graph.input ?? []) define(name ?? '', 'an input');
    const constants = graph.initializer ?? [];
    for (const { name, dims, dataType, rawData } of constants) {
      define(name ?? '', 'a constant');
      const size = product((dims ?? []).map(Number)) * elementSize[dataType ?? 0];
      if (rawData?.length !== size) this.mistakes.push(`constant "${name}" has ${rawData?.length} bytes, not ${size}`);
    }
    for (const { name, opType, input, output, attribute } of graph.node ?? []) {
      if (!name || this.#nodes.has(name)) this.mistakes.push(`a ${opType} is named "${name}", as another is`);
      this.#nodes.add(name ?? '');
      for (const each of input ?? []) if (each !== '') use(each, `node "${name}": input`);
      for (const { g } of attribute ?? []) if (g) this.graph(g, visible);
      for (const each of output ?? []) if (each !== '') define(each, `an output of node "${name}"`);
    }
    for (const { name } of graph.output ?? []) use(name ?? '', 'the output');
    for (const { name } of graph.valueInfo ?? [])
      if (!visible.has(name ?? '')) this.mistakes.push(`the shape of "${name}", which is not there`);
    for (const { name } of constants)
      if (!this.#used.has(name ?? '')) this.mistakes.push(`nothing uses constant "${name}"`);
  }
}

/**
 * Whether the parts of a model fit: each thing has a name of its own, what a node takes comes before it, a constant has
 * the bytes that its shape says, and none is there for nothing.
 *
 * @returns what is wrong, a line each
 */
export function structureMistakes(model: Uint8Array): string[] {
  const { graph, opsetImport } = decode(model);
  const walk = new Walk();
  if (opsetImport.length !== 1) walk.mistakes.push(`${opsetImport.length} sets of operators instead of one`);
  walk.graph(graph ?? {}, new Set());
  return walk.mistakes;
}
