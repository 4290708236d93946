import { expectString } from '../error/argument.js';
import { layerTypes, registerLayer } from '../layer/registry.js';
import { checkOptions, type DataSourceOptions } from './options.js';
import type { Sample } from './sample.js';
import { Samples, type SampleSource } from './sample-source.js';
import { SourceLayer } from './source-layer.js';

/** A source of samples that nets can use as a layer. */
export interface DataSource {
  /** The layer type: `type: "..."` in a prototxt, `layers[type]` of a NetSpec. */
  readonly type: string;
}

function freeType(): string {
  const taken = new Set(layerTypes());
  let number = 1;
  while (taken.has(`DataSource${number}`)) number++;
  return `DataSource${number}`;
}

/**
 * Makes a data layer from samples in TypeScript. It registers a layer type whose layers fill their tops with the
 * samples. Each layer of that type reads the source independently, from its first sample on. docs/data.md has the
 * rules.
 *
 * The source is one of three things. It can be a list: an array, or `{ length, at(index, { epoch, random }) }`. It can
 * be a synchronous or asynchronous iterable. Or it can be a function that opens an epoch: `(epoch) => iterable`.
 *
 * A sample gives the values of each top, by name or in the order of `tops`. It is copied when it is read, so a source
 * may fill the same arrays again and again. An `at` that returns promises must not do so, because several of its
 * samples are in progress at once.
 *
 * The source is read on this JavaScript thread. In an asynchronous call (`stepAsync`, `train`) it is read
 * while Caffe computes, `prefetch` batches ahead. A synchronous call can use only those batches of an asynchronous
 * source that are already there.
 *
 * An error that the source throws reaches, unchanged, the call that needs the batch. The next call opens the source
 * again at the first sample that no net has seen. {@link SourceLayer.epoch} counts the epochs. Snapshots of a solver
 * store the positions of its sources, and {@link Solver.restore} continues from there.
 *
 * @returns an object with the name of the layer type, which is valid on this JavaScript thread
 * @throws {TypeError | RangeError} for wrong options
 * @throws {CaffeError} ERR_CAFFE_LAYER for a type name that is in use. Calls of nets throw ERR_CAFFE_SOURCE for
 * samples that do not fit, for sources that have ended and cannot be opened again, and for asynchronous sources in
 * synchronous calls
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
