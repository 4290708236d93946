import type { HistoryRecord, Mark, Rows } from './history/history.js';

// What the solver's thread, the server and the page tell each other. The page is built from this file too, so it
// imports nothing that a browser lacks.

/** What a solver does. `idle`: no run is under way. `past`: the run is over, and only its log is there. */
export type RunState = 'idle' | 'training' | 'pausing' | 'paused' | 'stopped' | 'finished' | 'past';

/** The settings of a solver that a page can change. */
export interface Settings {
  lr: number;
  /** `fixed`, `inv`, ... */
  lrPolicy: string;
  /** Whether the rate has been set, and no longer follows the policy. */
  lrIsSet: boolean;
  momentum: number;
  weightDecay: number;
}

/** The factors of one layer's learnable blobs. */
export interface LayerMultipliers {
  layer: string;
  lr: number[];
  decay: number[];
}

/** How a solver stands. */
export interface Status {
  state: RunState;
  iter: number;
  /** 0 if it trains for as long as its program wants. */
  maxIter: number;
  /** Over how many iterations the solver's smoothed loss is the mean. */
  averageLoss: number;
  settings: Settings;
  multipliers: LayerMultipliers[];
  testNets: number;
  /** Where snapshots go; empty if nowhere. */
  snapshotPrefix: string;
}

/** Fields that a page asks to change; `lr: null` goes back to the policy. */
export interface Change {
  lr?: number | null;
  momentum?: number;
  weightDecay?: number;
  multiplier?: { layer: string; blob: number; lr?: number; decay?: number };
}

/** What a page asks of a solver. */
export type Command =
  | { name: 'pause' | 'resume' | 'stop' | 'snapshot' | 'test' }
  | { name: 'change'; change: Change }
  | { name: 'pictures'; layer: number }
  | { name: 'classify'; pixels: Uint8Array };

/** How it went. */
export interface Answer {
  iter: number;
  /** What was done, in words. */
  text: string;
  value?: unknown;
}

/** Statistics of the values of a blob at one iteration. */
export interface BlobStatistics {
  count: number;
  min: number;
  max: number;
  mean: number;
  deviation: number;
  /** The square root of the sum of squares. */
  norm: number;
  zeros: number;
  /** How many values are NaN or infinite. */
  notFinite: number;
  /** How many values fall into each of equal parts between `min` and `max`. */
  histogram: number[];
  /** Of a ReLU's top: the share of channels that are 0 for every item of the batch. */
  dead?: number;
  /** Of weights: the norm of the last update, as a share of theirs. */
  updateRatio?: number;
}

/** Which values of a layer. */
export type BlobKind = 'weights' | 'gradient' | 'activation';

/** A blob of a layer and its statistics. */
export interface BlobSample extends BlobStatistics {
  layer: number;
  kind: BlobKind;
  index: number;
}

/** A layer of the train net. */
export interface LayerDescription {
  name: string;
  type: string;
  engine: string;
  bottoms: { name: string; shape: readonly number[] }[];
  tops: { name: string; shape: readonly number[] }[];
  blobs: { name: string; shape: readonly number[] }[];
  prototxt: string;
}

export interface NetDescription {
  name: string;
  layers: LayerDescription[];
  /** The net in DOT, the nodes of its layers with the ids `layer-0`, `layer-1`, ... by direction. */
  dot: { LR: string; TB: string };
  /** The image that the net takes, if it can be tried with one. */
  image: { channels: number; height: number; width: number; how: string } | undefined;
}

/** What one layer takes, in milliseconds an iteration. */
export interface LayerTimes {
  forward: number;
  backward: number;
}

/** Samples of the blobs at one iteration. */
export interface Samples {
  iter: number;
  blobs: BlobSample[];
  times: LayerTimes[];
}

/** Gray levels or colours of some pictures of equal size. */
export interface Pictures {
  title: string;
  count: number;
  channels: 1 | 3;
  height: number;
  width: number;
  pixels: Uint8Array;
}

/** What is sent to the page once, and again whenever it has missed something. */
export interface WholeState {
  /** The name of the net; empty if it has none. */
  title: string;
  readOnly: boolean;
  /** The run that goes on comes first, if there is one. */
  runs: HistoryRecord[];
  status: Status;
  hasNet: boolean;
  hasImage: boolean;
}

/** What is new since then. */
export interface Update {
  rows?: Rows[];
  tests?: { iter: number; outputs: Record<string, number | null> }[];
  marks?: Mark[];
  status?: Status;
  /** Samples of blobs of this iteration are there. */
  sampled?: number;
}

/** From the solver's thread to the server's. */
export type ToServer =
  | { kind: 'rows'; rows: { names: readonly string[]; values: Float64Array } }
  | { kind: 'test'; iter: number; outputs: Record<string, number> }
  | { kind: 'mark'; mark: Mark; save: boolean }
  | { kind: 'status'; status: Status }
  | { kind: 'net'; net: NetDescription }
  | { kind: 'samples'; samples: Samples }
  | { kind: 'answer'; id: number; answer?: Answer; error?: string }
  | { kind: 'close' };

/** From the server's thread to the solver's. */
export interface ToSolver {
  id: number;
  command: Command;
}
