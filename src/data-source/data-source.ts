import { expectString } from '../error/argument.js';
import { layerTypes, registerLayer } from '../layer/registry.js';
import { checkOptions, type DataSourceOptions } from './options.js';
import type { Sample } from './sample.js';
import { Samples, type SampleSource } from './sample-source.js';
import { SourceLayer } from './source-layer.js';

/** A source of samples, as a net knows it. */
export interface DataSource {
  /** The layer type: `type: "..."` of a prototxt, `layers[type]` of a NetSpec. */
  readonly type: string;
}

function freeType(): string {
  const taken = new Set(layerTypes());
  let number = 1;
  while (taken.has(`DataSource${number}`)) number++;
  return `DataSource${number}`;
}

/**
 * Makes a data layer of samples in TypeScript: registers a layer type whose layers fill their tops with them. Each
 * layer of that type reads the source on its own, from its first sample on. docs/data.md has the rules.
 *
 * The source is a list (an array, or `{ length, at(index) }`), anything that can be iterated over, synchronously or
 * not, or a function that opens an epoch: `(epoch) => iterable`. A sample gives the values of each top, by name or in
 * the order of `tops`. It is copied when it is read, so a source may fill the same arrays again and again; `at` that
 * returns promises must not, since several samples are under way then.
 *
 * The source is read on this thread of JavaScript: in an asynchronous call (`stepAsync`, `train`) while Caffe computes,
 * `prefetch` batches ahead. A synchronous call can only use batches of an asynchronous source that are there already.
 *
 * What the source throws comes out of the call that needs the batch, as it was thrown; the next call opens the source
 * again at the first sample that no net has seen. {@link SourceLayer.epoch} counts. Snapshots of a solver hold how far
 * its sources have been read, and {@link Solver.restore} goes on there.
 *
 * @returns the name of the layer type; valid on this thread of JavaScript
 * @throws {TypeError | RangeError} for wrong options
 * @throws {CaffeError} ERR_CAFFE_LAYER for a type that is taken. In calls of nets: ERR_CAFFE_SOURCE for samples that do
 * not fit, sources that have ended and cannot be opened again, and asynchronous sources in synchronous calls
 *
 * @example
 * dataSource(
 *   { length: labels.length, at: (i) => ({ data: images.subarray(784 * i, 784 * (i + 1)), label: labels[i] }) },
 *   { type: 'Digits', tops: { data: { shape: [1, 28, 28], scale: 1 / 256 }, label: [] }, batchSize: 64, shuffle: 1 },
 * );
 * // prototxt: layer { name: "digits" type: "Digits" top: "data" top: "label" }
 */
export function dataSource<Name extends string>(
  source: SampleSource<Sample<NoInfer<Name>>>,
  options: DataSourceOptions<Name>,
): DataSource {
  const checked = checkOptions(options);
  const samples = new Samples(source, checked);
  const type = options.type === undefined ? freeType() : expectString(options.type, 'type');
  registerLayer(
    type,
    class extends SourceLayer {
      constructor() {
        super(samples, checked);
      }
    },
  );
  return { type };
}
