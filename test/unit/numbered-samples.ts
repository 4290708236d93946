import { Net, type Blob, type DataSource, type DataSourceOptions } from 'tscaffe';

/** Sample number n: two values and a label that tell it. */
export interface Numbered {
  data: Float32Array;
  label: number;
}

export function numbered(n: number): Numbered {
  return { data: Float32Array.of(n, -n), label: n };
}

/** The samples from 0 to `count` - 1. */
export function numberedSamples(count: number): Numbered[] {
  return Array.from({ length: count }, (_, n) => numbered(n));
}

/** What a source of them is told. */
export const tops = { data: [2], label: [] } satisfies DataSourceOptions['tops'];

/** A layer of the source, with fields of a LayerParameter. */
export function sourceLayer({ type }: DataSource, fields = ''): string {
  return `layer { name: "in" type: "${type}" top: "data" top: "label" ${fields} }`;
}

export function sourceNet(source: DataSource, fields = ''): Net {
  return new Net({ text: sourceLayer(source, fields) }, 'train');
}

/** The numbers of the samples in the batch that the net holds, all of whose values must be of the same samples. */
export function numbersIn({ blobs }: { blobs: Readonly<Record<string, Blob>> }): number[] {
  const labels = [...blobs['label'].data];
  const values = [...blobs['data'].data];
  if (String(values) !== String(labels.flatMap((n) => [n, -n])))
    throw new Error(`${labels.join()} come with ${values.join()}`);
  return labels;
}

/** The samples of the next batches. */
export function nextBatches(net: Net, count: number): number[][] {
  return Array.from({ length: count }, () => {
    net.forward();
    return numbersIn(net);
  });
}
