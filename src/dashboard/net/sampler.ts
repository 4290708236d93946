import type { Subscription } from '../../events/subscription.js';
import type { NetProfile } from '../../profile/net-profile.js';
import type { Solver } from '../../solver/solver.js';
import type { BlobSample, Samples } from '../messages.js';
import { deadShare, normOf, statisticsOf } from './statistics.js';

/**
 * Takes samples of a solver's blobs every so many iterations: gradients and activations before the update, weights and
 * what the update has done to them after it. In between it costs nothing.
 */
export class Sampler implements Disposable {
  readonly #solver: Solver;
  readonly #every: number;
  readonly #send: (samples: Samples) => void;
  #callback: Subscription | undefined;
  #profile: NetProfile | undefined;
  #blobs: BlobSample[] | undefined;
  #hasSampled = false;

  /** @param every - 0 for never */
  constructor(solver: Solver, every: number, send: (samples: Samples) => void) {
    this.#solver = solver;
    this.#every = every;
    this.#send = send;
  }

  /** The iteration that comes next may be one to sample: the first one is, so that pages have something to show. */
  readonly prepare = (): void => {
    if (this.#every === 0 || this.#callback !== undefined) return;
    const next = this.#solver.iter + 1;
    if (this.#hasSampled && next % this.#every !== 0) return;
    this.#callback = this.#solver.addCallback(
      () => undefined,
      () => {
        this.#sampleGradients();
      },
    );
    this.#profile = this.#solver.net.profile();
  };

  /** After an update. */
  readonly afterIteration = (): void => {
    if (this.#blobs !== undefined) this.#finish(this.#blobs);
    this.prepare();
  };

  #sampleGradients(): void {
    const { layers, blobs } = this.#solver.net;
    const samples: BlobSample[] = [];
    for (const { index: layer, blobs: learnable, top, type } of layers) {
      learnable.forEach(({ cpuDiff }, index) => {
        samples.push({ layer, kind: 'gradient', index, ...statisticsOf(cpuDiff) });
      });
      top.forEach((name, index) => {
        const blob = blobs[name];
        if (blob === undefined) return;
        const sample: BlobSample = { layer, kind: 'activation', index, ...statisticsOf(blob.cpuData) };
        if (type === 'ReLU') sample.dead = deadShare(blob.cpuData, blob.shape);
        samples.push(sample);
      });
    }
    this.#blobs = samples;
  }

  #finish(blobs: BlobSample[]): void {
    for (const { index: layer, blobs: learnable } of this.#solver.net.layers) {
      learnable.forEach(({ cpuData, cpuDiff }, index) => {
        const statistics = statisticsOf(cpuData);
        // After the update, Caffe leaves what it has subtracted from the weights in their diff.
        const updateRatio = statistics.norm === 0 ? 0 : normOf(cpuDiff) / statistics.norm;
        blobs.push({ layer, kind: 'weights', index, ...statistics, updateRatio });
      });
    }
    const times = (this.#profile?.layers ?? []).map(({ forward, backward }) => ({
      forward: forward.milliseconds * forward.calls,
      backward: backward.milliseconds * backward.calls,
    }));
    this.#send({ iter: this.#solver.iter, blobs, times });
    this.#hasSampled = true;
    this.#rest();
  }

  #rest(): void {
    this.#callback?.();
    this.#profile?.stop();
    this.#callback = this.#profile = this.#blobs = undefined;
  }

  [Symbol.dispose](): void {
    this.#rest();
  }
}
