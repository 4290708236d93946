import { existsSync } from 'node:fs';
import type { NativeNet } from '../../typings/native.js';
import { CaffeError } from '../error/caffe-error.js';
import { readFile } from '../proto/source.js';
import type { Cursor } from './sample-source.js';
import { SourceLayer } from './source-layer.js';

/** What a snapshot stores for one source. */
interface Entry extends Cursor {
  /** 0 is the train net. The test nets follow from 1 on. */
  net: number;
  layer: string;
  type: string;
  /** What determines the order of the samples, if it matters. */
  seed?: number;
  buffer?: number;
  length?: number;
}

/** A layer that reads a source. */
interface FedLayer {
  readonly net: number;
  readonly layer: SourceLayer;
}

/** Caffe allows several layers with the same name. */
function isOf(entry: { net: number; layer: string }, { net, layer }: FedLayer): boolean {
  return entry.net === net && entry.layer === layer.name;
}

function entryOf({ net, layer }: FedLayer, { epoch, sample }: Cursor): Entry {
  const { length, shuffle } = layer.reader.plan.samples;
  const order = shuffle && (length === undefined ? shuffle : { seed: shuffle.seed });
  const type = layer.layerParam.type ?? '';
  return { net, layer: layer.name, type, epoch, sample, ...order, ...(length !== undefined && { length }) };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isEntry(value: unknown): value is Entry {
  const { net, layer, epoch, sample } = (value ?? {}) as Partial<Entry>;
  return isCount(net) && typeof layer === 'string' && isCount(epoch) && isCount(sample);
}

/** A layer, and where it is to go on; undefined for the first sample. */
interface Move {
  readonly fed: FedLayer;
  readonly cursor: Cursor | undefined;
}

/** Whether the layer is elsewhere. An iterator, which can be read once, cannot even be opened where it is. */
function isAway({ fed, cursor = { epoch: 0, sample: 0 } }: Move): boolean {
  const { epoch, sample } = fed.layer.cursor;
  return epoch !== cursor.epoch || sample !== cursor.sample;
}

/** @returns a function that sets how much the next batch counts, in the net's loss and in its gradients */
function lossWeighing(net: NativeNet): (weight: number) => void {
  let usual: readonly number[] | undefined;
  return (weight) => {
    usual ??= net.blobLossWeights();
    for (const [blob, own] of usual.entries()) if (own !== 0) net.setBlobLossWeight(blob, own * weight);
    if (weight === 1) usual = undefined;
  };
}

/** The positions of the data sources of a solver's nets, which are stored in the file beside a solverstate. */
export class SolverSources {
  readonly #fed: readonly FedLayer[];

  /** @param iteration - returns the iteration that the solver is training, or undefined while it does not train */
  constructor(nets: readonly NativeNet[], iteration: () => number | undefined) {
    const all = nets.flatMap(({ layers }, net) => layers.map((binding) => ({ net, layer: binding?.layer })));
    this.#fed = all.filter((fed): fed is FedLayer => fed.layer instanceof SourceLayer);
    for (const { layer } of this.#fed) layer.iteration = iteration;
    const [train] = nets;
    const weigh = train && lossWeighing(train);
    for (const { net, layer } of this.#fed) if (net === 0 && weigh) layer.weigh = weigh;
  }

  get any(): boolean {
    return this.#fed.length > 0;
  }

  /** Call it when a run ends. */
  endRun(): void {
    for (const { layer } of this.#fed) layer.endRun();
  }

  /** Call it to end a run. No layer waits for samples any more. */
  stop(reason: unknown): void {
    for (const { layer } of this.#fed) layer.stop(reason);
  }

  /** The positions that a snapshot before iteration `iter` stores, as JSON. */
  snapshot(iter: number): string {
    const sources = this.#fed.map((fed) => entryOf(fed, fed.layer.reader.cursorOf(iter)));
    return `${JSON.stringify({ sources }, null, 2)}\n`;
  }

  /**
   * Reads the positions that the snapshot stores. Without `state`, each position is the first sample. Nothing changes
   * until you call the function that it returns.
   *
   * @throws {CaffeError} ERR_CAFFE_SOURCE if the file is missing or does not fit the sources; ERR_CAFFE_FORMAT if it
   * is not a valid list of sources
   */
  restoring(state: string | undefined): () => void {
    if (!this.any) return () => undefined;
    const file = state === undefined ? undefined : `${state}.sources.json`;
    return this.#moving(file === undefined ? undefined : readEntries(file), file ?? '');
  }

  /** The same, from the JSON itself. `origin` says where it comes from. */
  restoringFrom(text: string, origin: string): () => void {
    return this.#moving(entriesIn(text, origin), origin, isAway);
  }

  #moving(
    entries: readonly Entry[] | undefined,
    file: string,
    which: (move: Move) => boolean = () => true,
  ): () => void {
    const all = this.#fed.map((fed) => ({
      fed,
      cursor: entries ? this.#find(entries, fed, file) : undefined,
    }));
    const seeks = all.filter(which).map(({ fed, cursor = { epoch: 0, sample: 0 } }) => {
      const refusal = fed.layer.reader.refusal(cursor);
      if (refusal !== undefined) throw new CaffeError('ERR_CAFFE_SOURCE', refusal, { layer: fed.layer.name });
      return () => {
        fed.layer.reader.seek(cursor);
      };
    });
    return () => {
      for (const seek of seeks) seek();
    };
  }

  #find(entries: readonly Entry[], fed: FedLayer, file: string): Cursor {
    const namesakes = this.#fed.filter(({ net, layer }) => isOf({ net, layer: layer.name }, fed));
    const found = entries.filter((entry) => isOf(entry, fed))[namesakes.indexOf(fed)];
    const begin = 'restore(path, { sources: false }) begins at the first sample';
    if (found === undefined) {
      throw new CaffeError('ERR_CAFFE_SOURCE', `says nothing of this source; ${begin}`, {
        file,
        layer: fed.layer.name,
      });
    }
    const { epoch, sample } = found;
    const now = entryOf(fed, { epoch, sample });
    for (const field of ['seed', 'buffer', 'length'] as const) {
      if (found[field] === now[field]) continue;
      const was = `the snapshot was taken with ${field} ${String(found[field])}, but the source has ${String(now[field])}`;
      throw new CaffeError('ERR_CAFFE_SOURCE', `${was}, and would give other samples; ${begin}`, {
        file,
        layer: fed.layer.name,
      });
    }
    return { epoch, sample };
  }
}

function readEntries(file: string): readonly Entry[] {
  if (!existsSync(file)) {
    throw new CaffeError(
      'ERR_CAFFE_SOURCE',
      'is not there, so nobody knows how far the data sources had been read; restore(path, { sources: false }) begins at their first samples',
      { file },
    );
  }
  return entriesIn(Buffer.from(readFile(file)).toString(), file);
}

function entriesIn(text: string, file: string): readonly Entry[] {
  try {
    const { sources } = JSON.parse(text) as { sources?: unknown };
    if (!Array.isArray(sources) || !sources.every(isEntry)) throw new Error('no list of sources');
    return sources;
  } catch (cause) {
    throw new CaffeError(
      'ERR_CAFFE_FORMAT',
      `does not say how far data sources had been read: ${(cause as Error).message}`,
      {
        file,
        cause,
      },
    );
  }
}
