import { Classifier } from '../../classifier/classifier.js';
import { encodeMessage } from '../../proto/schema.js';
import type { Solver } from '../../solver/solver.js';
import type { NetDescription } from '../messages.js';
import { trialNetOf, type TrialNet } from './trial-net.js';

/** A caffemodel with a layer that no net has. */
const noWeights = encodeMessage('NetParameter', { layer: [{ name: '', type: '' }] });

/** How many of the best classes are told. */
const mostClasses = 10;

/** What a net says of an image. */
export interface Verdict {
  classes: { index: number; label: string; score: number }[];
  /** Whether scores are probabilities. */
  isProbability: boolean;
  /** How much each pixel counts for the first class, from 0 to 255: the largest gradient of its channels. */
  saliency: Uint8Array;
  /** The image as the net has seen it: height x width x channels bytes. */
  seen: Uint8Array;
  height: number;
  width: number;
}

/** Lets pages try the net of a solver with an image, with the weights of now. */
export class Trial implements Disposable {
  readonly #solver: Solver;
  readonly #net: TrialNet;
  readonly #labels: readonly string[];
  #classifier: Classifier | undefined;

  private constructor(solver: Solver, net: TrialNet, labels: readonly string[]) {
    this.#solver = solver;
    this.#net = net;
    this.#labels = labels;
  }

  /** @returns undefined for a solver whose net does not score images */
  static of(solver: Solver, labels: readonly string[]): Trial | undefined {
    const net = trialNetOf(solver);
    return net && new Trial(solver, net, labels);
  }

  get image(): NonNullable<NetDescription['image']> {
    const { channels, height, width, mean, scale } = this.#net;
    const what = channels === 1 ? 'gray levels' : 'colours in the order B, G, R';
    const less = mean === undefined ? '' : ` less ${Array.isArray(mean) ? mean.join(', ') : 'the mean image'}`;
    const times = scale === 1 ? '' : ` times ${scale}`;
    return { channels, height, width, how: `${width} x ${height} ${what} from 0 to 255${less}${times}` };
  }

  /** It begins with no weights, and shares those of the solver's net. */
  get #shared(): Classifier {
    const { message, channels, mean, scale } = this.#net;
    this.#classifier ??= new Classifier(message, noWeights, {
      rawScale: 255,
      inputScale: scale,
      ...(mean === undefined ? {} : { mean }),
      ...(channels === 3 ? { channelSwap: [2, 1, 0] } : {}),
    });
    this.#classifier.shareWith(this.#solver.net);
    return this.#classifier;
  }

  /** @param pixels - height x width x channels bytes: gray, or R, G, B */
  classify(pixels: Uint8Array): Verdict {
    const { height, width, channels, isProbability } = this.#net;
    const classifier = this.#shared;
    const image = { data: Float32Array.from(pixels, (pixel) => pixel / 255), shape: [height, width, channels] };
    const { data } = classifier.predict([image], false);
    const order = Array.from(data.keys()).sort((a, b) => (data[b] ?? 0) - (data[a] ?? 0));
    const classes = order.slice(0, mostClasses).map((index) => ({
      index,
      label: this.#labels[index] ?? String(index),
      score: data[index] ?? NaN,
    }));
    return { classes, isProbability, saliency: this.#saliency(classifier, order[0] ?? 0), seen: pixels, height, width };
  }

  /** How much the score of a class changes with each pixel. */
  #saliency(classifier: Classifier, best: number): Uint8Array {
    const { input, scores, height, width, channels } = this.#net;
    const { [scores]: score, [input]: image } = classifier.blobs;
    if (score === undefined || image === undefined) return new Uint8Array();
    const wanted = new Float32Array(score.count);
    wanted[best] = 1;
    const end = classifier.layers.findLast(({ top }) => top.includes(scores))?.name ?? '';
    score.diff.set(wanted);
    classifier.backward({}, { start: end });
    const size = height * width;
    const largest = new Float32Array(size);
    for (let i = 0; i < size * channels; i++) {
      largest[i % size] = Math.max(largest[i % size] ?? 0, Math.abs(image.cpuDiff[i] ?? 0));
    }
    const most = largest.reduce((a, b) => Math.max(a, b), 0);
    return Uint8Array.from(largest, (value) => (most > 0 ? (255 * value) / most : 0));
  }

  [Symbol.dispose](): void {
    this.#classifier?.dispose();
  }
}
