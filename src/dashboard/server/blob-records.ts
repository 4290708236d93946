import type { BlobKind, BlobSample, LayerTimes, Samples } from '../messages.js';

/** How many samples of a blob are kept, over the whole run. */
const mostSamples = 64;

/** The samples of one blob over time. */
export interface BlobRecord {
  layer: number;
  kind: BlobKind;
  index: number;
  samples: (BlobSample & { iter: number })[];
}

/** Statistics of blobs over the run, in bounded memory: when there are many, every other one is dropped. */
export class BlobRecords {
  readonly #records = new Map<string, BlobRecord>();
  times: LayerTimes[] = [];
  /** The layers that have a value which is NaN or infinite in the last sample. */
  troubled: number[] = [];
  /** Every how many samples one is kept. */
  #stride = 1;
  #taken = 0;

  add({ iter, blobs, times }: Samples): void {
    this.times = times;
    this.troubled = [...new Set(blobs.filter(({ notFinite }) => notFinite > 0).map(({ layer }) => layer))];
    const replace = this.#taken > 0 && (this.#taken - 1) % this.#stride !== 0;
    this.#taken++;
    for (const blob of blobs) {
      const { layer, kind, index } = blob;
      const key = `${layer} ${kind} ${index}`;
      const record = this.#records.get(key) ?? { layer, kind, index, samples: [] };
      this.#records.set(key, record);
      // The last one is always there, also if it will not stay.
      if (replace) record.samples.pop();
      record.samples.push({ ...blob, iter });
    }
    if ([...this.#records.values()].some(({ samples }) => samples.length > mostSamples)) this.#thin();
  }

  #thin(): void {
    this.#stride *= 2;
    for (const record of this.#records.values()) {
      record.samples = record.samples.filter((_, i, { length }) => i % 2 === 0 || i === length - 1);
    }
  }

  of(layer: number): BlobRecord[] {
    return [...this.#records.values()].filter((record) => record.layer === layer);
  }
}
