import type { onnx } from 'onnx-proto';
import { openSession, run, type Feeds } from './compare.js';
import { decode, encode, schema } from './structure.js';

/** The dimensions that a value declares: numbers, and names, perhaps '', for the batch and what follows from it. */
export const dimensionsOf = ({ type }: onnx.IValueInfoProto): (number | string)[] =>
  (type?.tensorType?.shape?.dim ?? []).map(({ dimValue, dimParam }) =>
    dimValue ? Number(dimValue) : (dimParam ?? ''),
  );

/**
 * Runs a model node by node, as it is written, and compares each shape that it declares with what comes out.
 *
 * @returns what is wrong, a line each
 */
export async function shapeMistakes(model: Uint8Array, feeds: Feeds): Promise<string[]> {
  const decoded = decode(model);
  const { graph } = decoded;
  if (!graph) return ['no graph'];
  const declared = [...(graph.output ?? []), ...(graph.valueInfo ?? [])];
  // As outputs of the model the values in between can be asked for.
  decoded.graph = schema.GraphProto.fromObject({ ...graph, output: declared, valueInfo: [] });
  const session = await openSession(encode(decoded), { graphOptimizationLevel: 'disabled' });
  const named = new Map<string, number>();
  const isDimension = (dim: number | string, length: number): boolean => {
    if (typeof dim === 'number' || dim === '') return dim === length || dim === '';
    // A name means one length.
    if (!named.has(dim)) named.set(dim, length);
    return named.get(dim) === length;
  };
  try {
    const results = await run(session, feeds);
    return declared.flatMap((value) => {
      const dims = dimensionsOf(value);
      const computed = results[value.name ?? ''].dims;
      const fits = dims.length === computed.length && dims.every((dim, i) => isDimension(dim, computed[i]));
      return fits ? [] : [`"${value.name}" is declared as ${dims.join(' x ')} and is ${computed.join(' x ')}`];
    });
  } finally {
    await session.release();
  }
}
