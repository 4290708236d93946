/**
 * The addon's raw interface, written by hand to match native/addon.cc: exact types, one way to call each function, no
 * defaults. Only src/ uses it. Every function that reaches Caffe throws a `CaffeError`, made by the function that
 * `initialize` received.
 */

/** What native code constructs or calls, always on the JavaScript thread. */
export interface Hooks {
  makeError: (code: never, message: string, details: object) => Error;
  Blob: new (...args: never[]) => NativeBlob;
  DevicePointer: new (...args: never[]) => object;
  /** Makes the object behind a layer. `blobs` stays the layer's list of learnable blobs. */
  bindLayer: (type: string, layerParameter: Uint8Array, blobs: NativeBlob[]) => LayerBinding;
  /** Must not throw. */
  receiveLog: (lines: NativeLogLine[]) => void;
  Float32Array: Float32ArrayConstructor;
  Uint8Array: Uint8ArrayConstructor;
}

export type LayerMethod = (...args: never[]) => unknown;

/** A TypeScript layer as native code calls it. */
export interface LayerBinding extends NativeBlobCounts {
  layer: object;
  setup: LayerMethod | undefined;
  /**
   * Called after setup, even if there is no `setup`. Returns the bytes of a LayerParameter. Its `param` entries apply
   * where the net's own prototxt says nothing.
   */
  endSetup: () => Uint8Array | undefined;
  reshape: LayerMethod | undefined;
  forward: LayerMethod | undefined;
  backward: LayerMethod | undefined;
  forwardGpu: LayerMethod | undefined;
  backwardGpu: LayerMethod | undefined;
  allowForceBackward: LayerMethod | undefined;
  /** Takes the bytes of a LayerParameter without blobs, and returns the bytes to write. */
  toProto: LayerMethod | undefined;
  /** Called when a method has returned a promise in a synchronous call. Throws a better error than the addon can. */
  refusePromise: LayerMethod | undefined;
  equalNumBottomTopBlobs: boolean;
  autoTopBlobs: boolean;
}

export interface NativeLogLine {
  /** glog's severity: 0 info, 1 warning, 2 error. */
  severity: number;
  source: string;
  text: string;
}

export declare class NativeBlob {
  constructor(shape: number[]);
  /** The size of each axis, as a new array. Reading it confirms the shape's stamp. */
  get shape(): readonly number[];
  /**
   * The first axis of a blob of at most 4 axes; 1 if it has none. @throws {CaffeError} ERR_CAFFE_CHECK with more than 4
   * axes
   */
  get num(): number;
  /** The second axis; see {@link num}. */
  get channels(): number;
  /** The third axis; see {@link num}. */
  get height(): number;
  /** The fourth axis; see {@link num}. */
  get width(): number;
  /** @internal */
  protected dataArray(): Float32Array;
  /** @internal */
  protected diffArray(): Float32Array;
  /** @internal */
  protected cpuDataArray(): Float32Array;
  /** @internal */
  protected cpuDiffArray(): Float32Array;
  /**
   * The index in `Native.stamps` of the slot of this blob's data, diff or shape.
   *
   * @internal
   */
  protected stampSlot(of: 'data' | 'diff' | 'shape'): number;
  /**
   * These four exist only in a build with CUDA.
   *
   * @throws {CaffeError} ERR_CAFFE_NO_GPU if there is no device
   * @internal
   */
  protected gpuDataPointer(): NativeDevicePointer;
  /** @internal */
  protected mutableGpuDataPointer(): NativeDevicePointer;
  /** @internal */
  protected gpuDiffPointer(): NativeDevicePointer;
  /** @internal */
  protected mutableGpuDiffPointer(): NativeDevicePointer;
  /** Where the newest values are. */
  get head(): 'uninitialised' | 'cpu' | 'gpu' | 'synced';
  /** @internal */
  protected reshapeTo(shape: number[]): void;
  /** The sum of the absolute values of the data. */
  asumData(): number;
  /** The sum of the absolute values of the diff. */
  asumDiff(): number;
  /** The sum of the squares of the data. */
  sumsqData(): number;
  /** The sum of the squares of the diff. */
  sumsqDiff(): number;
  scaleData(factor: number): void;
  scaleDiff(factor: number): void;
  shareData(other: NativeBlob): void;
  shareDiff(other: NativeBlob): void;
  /** @internal */
  protected copyValues(source: NativeBlob, diff: boolean, reshape: boolean): void;
  /** Subtracts the diff from the data. */
  update(): void;
  /** @internal */
  protected toBytes(diff: boolean): Uint8Array;
  /** @internal */
  protected fromBytes(bytes: Uint8Array, reshape: boolean): void;
}

/** Floats on the GPU. */
export declare class NativeDevicePointer {
  /** Only native code makes them. */
  protected constructor(origin: never);
  /** The number of floats. */
  get length(): number;
  /** Whether kernels and math may write to them. */
  get isWritable(): boolean;
  /** @internal */
  protected piece(begin: number, end: number): NativeDevicePointer;
}

/**
 * The events that a net passes to its method `hear`, by name. Caffe waits during the call. If `hear` throws, the
 * running call ends. With `waits` true, the call comes from Caffe's thread, which also waits for a promise that `hear`
 * returns. With `waits` false, `hear` must not return a promise.
 */
export type NetEvent =
  | [event: 'beforeForward' | 'afterForward' | 'beforeBackward' | 'afterBackward', waits: boolean, layer: number]
  /** The first NaN or infinity in a pass, as an ERR_CAFFE_NAN error. */
  | [event: 'nan', waits: boolean, error: Error];

/** The time of one pass of a layer since the net was made, counted only while profiling is on. */
export interface NativePassTime {
  calls: number;
  nanoseconds: number;
  /** The part of it spent in TypeScript, in nanoseconds. */
  typescript: number;
}

export interface NativeLayerTime {
  forward: NativePassTime;
  backward: NativePassTime;
}

export declare class NativeNet {
  /** `forceBackward`: as in `net` if undefined. */
  constructor(
    net: Uint8Array,
    phase: 'train' | 'test',
    level: number,
    stages: string[],
    forceBackward: boolean | undefined,
    engine: 'caffe' | 'onednn' | 'onednn:bf16',
  );
  name(): string;
  layerNames(): string[];
  layerTypes(): string[];
  /** A LayerParameter as Caffe uses it: in the current format, with its phase, without blobs. */
  layerParameter(index: number): Uint8Array;
  /** Whether oneDNN computes at least one of its passes. */
  isServedByEngine(index: number): boolean;
  blobNames(): string[];
  blob(index: number): NativeBlob;
  /** How many learnable blobs each layer has. */
  paramCounts(): number[];
  params(layer: number): NativeBlob[];
  /** For each learnable blob, layer by layer: -1, or the index of the earlier blob that it shares its values with. */
  paramOwners(): number[];
  inputs(): number[];
  outputs(): number[];
  topIds(layer: number): number[];
  bottomIds(layer: number): number[];
  /** For each blob, whether backward computes its gradient. */
  getsGradients(): boolean[];
  /** For each layer, whether backward runs it. */
  runsBackward(): boolean[];
  blobLossWeights(): number[];
  /** Only for a blob that had a weight when the net was built. */
  setBlobLossWeight(blob: number, weight: number): void;
  /** `param` is the index among the layer's learnable blobs. */
  multiplier(what: 'lr' | 'decay', layer: number, param: number): number;
  /** While a solver runs the net on Caffe's thread, the value applies from the next iteration on. */
  setMultiplier(what: 'lr' | 'decay', layer: number, param: number, value: number): void;
  /**
   * For each layer, what `bindLayer` returned for it if it is a TypeScript layer. Caffe's side holds these weakly; this
   * array keeps them alive.
   */
  readonly layers: readonly (LayerBinding | undefined)[];
  forward(first: number, last: number): void;
  backward(first: number, last: number): void;
  forwardAsync(first: number, last: number): Promise<number>;
  backwardAsync(first: number, last: number): Promise<void>;
  reshape(): void;
  setUpLayer(layer: number): void;
  reshapeLayer(layer: number): void;
  clearParamDiffs(): void;
  copyFrom(weights: Uint8Array, name: string): void;
  copyFromHdf5(path: string): void;
  shareWith(net: NativeNet): void;
  toProto(diffs: boolean): Uint8Array;
  saveHdf5(path: string, diffs: boolean): void;
  /**
   * Set this before calling `listen`. Native code holds the net weakly, so what `hear` refers to may refer to the net.
   */
  hear: (...event: NetEvent) => unknown;
  /**
   * Turns an event on or off; all are off at first. @throws {CaffeError} ERR_CAFFE_DISPOSED if an event of a disposed
   * net is turned on
   */
  listen(event: NetEvent[0], wanted: boolean): void;
  checkLabels(whether: boolean): void;
  setInputArrays(data: Float32Array, labels: Float32Array): void;
  /** Counts the users of profiling: true adds one, false removes one. The net is profiled while there is any. */
  profile(on: boolean): void;
  /** The times of each layer. Never reset. */
  timings(): NativeLayerTime[];
  /** These two exist only in a build with CUDA. */
  transferCounts(): NativeTransfer[];
  clearTransfers(): void;
  bytes(): number;
  dispose(): void;
  isDisposed(): boolean;
}

/** The paths of a snapshot's files. */
export interface NativeSnapshot {
  model: string;
  state: string;
}

/** The events that a solver passes to its method `hear`, by name; see {@link NetEvent}. */
export type SolverEvent =
  /** Before the forward of an iteration, and after its backward. */
  | [event: 'start' | 'gradientsReady', waits: boolean]
  /** Before an update whose learning rate differs from that of the last update. */
  | [event: 'rate', waits: boolean, lr: number, previous: number]
  /** After an update. */
  | [event: 'iteration', waits: boolean]
  /** After a scheduled test. */
  | [event: 'test', waits: boolean, index: number, means: number[][]]
  /**
   * Between two iterations, after what the iteration was due for, again and again while the event is on. Requests are
   * answered in between.
   */
  | [event: 'held', waits: boolean]
  /** After a scheduled snapshot. */
  | [event: 'snapshot', waits: boolean, snapshot: NativeSnapshot]
  /** The answer to the request of that number. */
  | [event: 'answer', waits: boolean, request: number, error: unknown, answer?: NativeSnapshot | number[][]]
  /** Before a snapshot is written. The text that `hear` returns is written to a file next to the solver state. */
  | [event: 'sources', waits: false];

/** The time of iterations in which the train net was profiled, since the solver was made. */
export interface NativeIterationTime {
  iterations: number;
  nanoseconds: number;
  /** The parts of it spent in callbacks and in updates, in nanoseconds. */
  callbacks: number;
  updates: number;
}

export declare class NativeSolver {
  constructor(solver: Uint8Array, engine: 'caffe' | 'onednn' | 'onednn:bf16');
  /** See {@link NativeNet.hear}. */
  hear: (...event: SolverEvent) => unknown;
  /** See {@link NativeNet.listen}. */
  listen(event: SolverEvent[0], wanted: boolean): void;
  type(): string;
  /** The train net, then the test nets. */
  readonly nets: readonly [NativeNet, ...NativeNet[]];
  iter(): number;
  lr(): number;
  loss(): number;
  smoothedLoss(): number;
  param(): Uint8Array;
  /** While the solver runs on Caffe's thread, `setParam` and `overrideLr` apply from the next iteration on. */
  setParam(fields: Uint8Array): void;
  overrideLr(lr: number | undefined): void;
  history(): NativeBlob[];
  step(iterations: number): void;
  solve(): void;
  /**
   * After `requestStop`, the promise is fulfilled at the end of the current iteration, and with `stops` before the
   * first, or after it if other ranks take part. The same holds for `solveAsync`, and a callback of `step` or `solve`
   * may ask for it too. Returns whether the run has been stopped.
   */
  stepAsync(iterations: number, stops: boolean): Promise<boolean>;
  solveAsync(stops: boolean): Promise<boolean>;
  testAsync(index: number): Promise<number[][]>;
  test(index: number): number[][];
  snapshot(): NativeSnapshot;
  restore(path: string): void;
  applyUpdate(): void;
  requestStop(): void;
  /**
   * Requests a snapshot while the solver runs. It is taken between two iterations, and reported as `answer`. Requests
   * that are still open when the run ends are dropped.
   */
  requestSnapshot(request: number): void;
  /** Requests a test while the solver runs; see {@link requestSnapshot}. */
  requestTest(request: number, index: number): void;
  /** Never reset. */
  timings(): NativeIterationTime;
  /**
   * All ranks call it, after `mpi.init`. From then on their gradients are averaged. Every `check` iterations the ranks
   * are compared; 0 is never.
   */
  attach(bucketBytes: number, overlap: boolean, check: number): void;
  detach(): void;
  /** Compares the ranks. */
  requireSame(): void;
  /** Undefined unless attached. */
  exchanged(): NativeExchange | undefined;
  dispose(): void;
}

/** What averaging gradients has taken so far. */
export interface NativeExchange {
  iterations: number;
  /** Sent by this rank. */
  bytes: number;
  /** In which gradients were under way. */
  milliseconds: number;
  /** The part of it during backward. */
  hidden: number;
  /** By which iterations took longer, in milliseconds. */
  visible: number;
}

/** MPI, all of it but `init` after that. */
export interface NativeMpi {
  /** Loads the library at that path, and begins MPI. `host`: the name of this machine, for messages. */
  init(library: string, host: string): { rank: number; size: number; localRank: number };
  /** In place. */
  sum(values: Float32Array): void;
  /** In place. */
  broadcast(values: Float32Array, rank: number): void;
  broadcastText(text: string, rank: number): string;
  barrier(): void;
  /** At the end of the process. `failure` has ended it, or is empty. Returns why not all ranks have ended well. */
  leave(code: number, failure: string): string | undefined;
}

/** The numbers of bottoms and tops that a layer takes; -1 where there is no limit. */
export interface NativeBlobCounts {
  exactNumBottomBlobs: number;
  minBottomBlobs: number;
  maxBottomBlobs: number;
  exactNumTopBlobs: number;
  minTopBlobs: number;
  maxTopBlobs: number;
}

/** A layer outside any net. */
export declare class NativeCaffeLayer {
  /** `scripted`: whether the layer is written in TypeScript, registered or not. */
  constructor(layer: Uint8Array, scripted: boolean);
  type(): string;
  /** Hands over the binding of a TypeScript layer: afterwards the caller must keep it alive. */
  binding(): LayerBinding | undefined;
  blobCounts(): NativeBlobCounts;
  allowForceBackward(bottom: number): boolean;
  blobs(): NativeBlob[];
  setup(bottom: readonly NativeBlob[], top: readonly NativeBlob[]): void;
  reshape(bottom: readonly NativeBlob[], top: readonly NativeBlob[]): void;
  forward(bottom: readonly NativeBlob[], top: readonly NativeBlob[]): number;
  backward(top: readonly NativeBlob[], propagateDown: readonly boolean[], bottom: readonly NativeBlob[]): void;
  toProto(diffs: boolean): Uint8Array;
  checkLabels(whether: boolean): void;
  dispose(): void;
}

export type NativeUnary = (a: Float32Array, y: Float32Array) => void;
export type NativeBinary = (a: Float32Array, b: Float32Array, y: Float32Array) => void;

/**
 * Caffe's CPU math. The lengths of the arrays have been checked and are not 0. Throws a RangeError if arrays overlap.
 */
export interface NativeMath {
  gemm(
    transA: boolean,
    transB: boolean,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Float32Array,
    b: Float32Array,
    beta: number,
    c: Float32Array,
  ): void;
  gemv(
    transA: boolean,
    m: number,
    n: number,
    alpha: number,
    a: Float32Array,
    x: Float32Array,
    beta: number,
    y: Float32Array,
  ): void;
  axpy(alpha: number, x: Float32Array, y: Float32Array): void;
  axpby(alpha: number, x: Float32Array, beta: number, y: Float32Array): void;
  scal(alpha: number, x: Float32Array): void;
  scale(alpha: number, x: Float32Array, y: Float32Array): void;
  scaleBytes(alpha: number, x: Uint8Array, y: Float32Array): void;
  dot(x: Float32Array, y: Float32Array): number;
  stridedDot(n: number, x: Float32Array, incX: number, y: Float32Array, incY: number): number;
  asum(x: Float32Array): number;
  set(alpha: number, x: Float32Array): void;
  addScalar(alpha: number, x: Float32Array): void;
  copy: NativeUnary;
  add: NativeBinary;
  sub: NativeBinary;
  mul: NativeBinary;
  div: NativeBinary;
  sqr: NativeUnary;
  sqrt: NativeUnary;
  exp: NativeUnary;
  log: NativeUnary;
  abs: NativeUnary;
  sign: NativeUnary;
  signbit: NativeUnary;
  powx(a: Float32Array, b: number, y: Float32Array): void;
  rngUniform(a: number, b: number, r: Float32Array): void;
  rngGaussian(mu: number, sigma: number, r: Float32Array): void;
  rngBernoulli(p: number, r: Float32Array): void;
  /** The functions from here on are not Caffe's; see native/math/host.h for the arguments. */
  rngIntegers(most: number, r: Int32Array): void;
  shuffle(r: Int32Array): void;
  sumAll(x: Float32Array): number;
  sumAxis(outer: number, n: number, inner: number, x: Float32Array, y: Float32Array): void;
  maxAxis(outer: number, n: number, inner: number, x: Float32Array, y: Float32Array): void;
  minAxis(outer: number, n: number, inner: number, x: Float32Array, y: Float32Array): void;
  argmaxAxis(outer: number, n: number, inner: number, x: Float32Array, y: Float32Array | Int32Array): void;
  sortOrder(
    descending: boolean,
    k: number,
    outer: number,
    n: number,
    inner: number,
    x: Float32Array,
    y: Float32Array | Int32Array,
  ): void;
  addBroadcast: NativeBroadcast;
  subBroadcast: NativeBroadcast;
  mulBroadcast: NativeBroadcast;
  divBroadcast: NativeBroadcast;
  transpose(axes: Int32Array, x: Float32Array, y: Float32Array): void;
  softmax(outer: number, n: number, inner: number, x: Float32Array, y: Float32Array): void;
}

export type NativeBroadcast = (axes: Int32Array, a: Float32Array, b: Float32Array, y: Float32Array) => void;

/** For each row or column of a resized image: the two of the image that it lies between, and the second's weight. */
export interface NativePositions {
  at: Int32Array;
  next: Int32Array;
  part: Float64Array;
}

/** The loops over the pixels of images. All lengths and indices have been checked. */
export interface NativeImage {
  /**
   * One channel of an input out of an image, whose elements lie at `pixels`: times `rawScale`, less the means, times
   * `inputScale`. `means` has one number, or one for each pixel.
   */
  toInput(
    image: Float32Array,
    pixels: Int32Array,
    rawScale: number,
    means: Float64Array,
    inputScale: number,
    input: Float32Array,
  ): void;
  /** The same backwards. */
  toImage(
    input: Float32Array,
    pixels: Int32Array,
    rawScale: number,
    means: Float64Array,
    inputScale: number,
    image: Float32Array,
  ): void;
  /** `image` is of `shape`, H·W·K. It and `result` have floats of the same size. Pixels outside the image are 0. */
  interpolate<Floats extends Float32Array | Float64Array>(
    image: Floats,
    shape: readonly number[],
    rows: NativePositions,
    columns: NativePositions,
    result: Floats,
  ): void;
  /** Scales to [0, 1], smooths with the two bells, interpolates, clips to the image's range and scales back. */
  resize<Floats extends Float32Array | Float64Array>(
    image: Floats,
    shape: readonly number[],
    vertical: Float64Array,
    horizontal: Float64Array,
    rows: NativePositions,
    columns: NativePositions,
    clipped: boolean,
    result: Floats,
  ): void;
}

/** Copies between host and device with the same cause. */
export interface NativeTransfer {
  /** -1 outside layers. */
  layer: number;
  during: '' | 'forward' | 'backward' | 'setup' | 'reshape' | 'prefetch';
  /** Empty if the copy is of a buffer that belongs to the layer. */
  blob: string;
  values: '' | 'data' | 'diff';
  direction: 'toDevice' | 'toHost';
  bytes: number;
  copies: number;
}

export interface NativeDevice {
  device: number;
  name: string;
  computeCapability: string;
  totalBytes: number;
  freeBytes: number;
  multiprocessors: number;
  warpSize: number;
  maxThreadsPerBlock: number;
  registersPerBlock: number;
  sharedBytesPerBlock: number;
  sharedBytesPerBlockOptin: number;
  clockKilohertz: number;
  memoryClockKilohertz: number;
  memoryBusBits: number;
  l2Bytes: number;
  driverVersion: number;
  runtimeVersion: number;
}

export declare class NativeKernel {
  constructor(source: string, name: string, arch: string, options: string[]);
  /** The compiler's warnings. */
  log(): string;
  /**
   * The limits on the current device: the most threads in a block, and the size in bytes of each parameter, if the
   * driver reports it.
   */
  limits(): { threads: number; parameters?: number[] };
  /**
   * `geometry` holds grid x, y, z, block x, y, z, and the bytes of shared memory. `values` holds 8 bytes for each
   * parameter. `pointers` holds a pointer for each parameter, or undefined if the parameter's entry in `values`
   * applies.
   */
  launch(geometry: Uint32Array, values: Uint8Array, pointers: readonly (NativeDevicePointer | undefined)[]): void;
}

type HostOnly =
  | 'scaleBytes'
  | 'stridedDot'
  | 'rngBernoulli'
  | 'rngIntegers'
  | 'shuffle'
  | 'sumAll'
  | `${'sum' | 'max' | 'min' | 'argmax'}Axis`
  | 'sortOrder'
  | `${'add' | 'sub' | 'mul' | 'div'}Broadcast`
  | 'transpose'
  | 'softmax';

/**
 * Caffe's GPU math: the functions of {@link NativeMath} that Caffe has on the device, with pointers instead of arrays.
 */
export type NativeDeviceMath = {
  [Name in Exclude<keyof NativeMath, HostOnly>]: (
    ...args: OnDevice<Parameters<NativeMath[Name]>>
  ) => ReturnType<NativeMath[Name]>;
};

type OnDevice<Args extends unknown[]> = {
  [Index in keyof Args]: Args[Index] extends Float32Array ? NativeDevicePointer : Args[Index];
};

/** The part of the addon that only a build with CUDA has. */
export interface NativeCuda {
  deviceCount(): number;
  /** -1 stands for the current device. */
  deviceQuery(device: number): NativeDevice;
  /** The target to compile for, such as `sm_90`. @throws {CaffeError} ERR_CAFFE_NO_GPU if there is no device */
  arch(): string;
  synchronize(): void;
  DevicePointer: typeof NativeDevicePointer;
  Kernel: typeof NativeKernel;
  math: NativeDeviceMath;
}

export declare class NativeDatabase {
  constructor(backend: 'lmdb' | 'leveldb', path: string, mode: 'read' | 'write' | 'new');
  put(key: string, value: Uint8Array): void;
  commit(): void;
  openCursor(): number;
  next(cursor: number): [key: string, value: Uint8Array] | undefined;
  closeCursor(cursor: number): void;
  count(): number;
  close(): void;
}

export declare class NativeTimer {
  start(): void;
  stop(): void;
  milliseconds(): number;
}

/** The line where a layer of a prototxt begins, and the phases that its rules allow. */
export interface LayerLine {
  name: string;
  /** Only for layers in the current format. */
  type?: string;
  line: number;
  train: boolean;
  test: boolean;
}

export type ParsedText =
  | { bytes: Uint8Array; layers: LayerLine[]; error?: undefined }
  | { error: { line: number; column: number; message: string } };

/** The trained weights of a layer. */
export interface NativeLayerWeights {
  name: string;
  type: string;
  blobs: NativeBlob[];
  /** For each blob, whether its shape is stored as num, channels, height and width: of a file from before 2015. */
  legacy: boolean[];
}

/** A dataset of an HDF5 file. Its name has the groups that it is in: `data/conv1/0`. */
export interface NativeDataset {
  name: string;
  shape: readonly number[];
  data: Float32Array;
}

/** What stands in for the {@link Hooks} while a net is built on Caffe's thread. */
export type Builder = Pick<Hooks, 'bindLayer' | 'makeError'>;

export interface Native {
  Blob: typeof NativeBlob;
  Net: typeof NativeNet;
  Solver: typeof NativeSolver;
  CaffeLayer: typeof NativeCaffeLayer;
  Database: typeof NativeDatabase;
  Timer: typeof NativeTimer;
  math: NativeMath;
  image: NativeImage;
  /** Undefined in a build without CUDA. */
  cuda?: NativeCuda;
  fillBlob(blob: NativeBlob, filler: Uint8Array): void;
  hasGpu: boolean;
  /**
   * The current epoch, then for each slot the epoch in which its view was last found valid; see
   * native/environment/stamps.h.
   */
  stamps: Uint32Array;
  version: string;
  /** The version of the package that the addon was built from. */
  packageVersion: string;
  initialize(hooks: Hooks): void;
  buildNet(builder: Builder, ...net: ConstructorParameters<typeof NativeNet>): Promise<NativeNet>;
  buildSolver(builder: Builder, ...args: ConstructorParameters<typeof NativeSolver>): Promise<NativeSolver>;
  registerLayerType(type: string): boolean;
  stockLayerTypes(): string[];
  setLogSeverity(severity: number): void;
  parseText(kind: string, text: string): ParsedText;
  printText(kind: string, bytes: Uint8Array): string;
  readWeights(bytes: Uint8Array, name: string): NativeLayerWeights[];
  writeWeights(name: string, layers: NativeLayerWeights[]): Uint8Array;
  /**
   * An image as Caffe's convert_imageset stores it. Height and width of 0 keep the size; an empty encoding stores
   * pixels. @throws {CaffeError} ERR_CAFFE_FILE
   */
  readImageToDatum(
    path: string,
    label: number,
    height: number,
    width: number,
    color: boolean,
    encoding: string,
  ): Uint8Array;
  /** The same Datum, with the pixels of its image if that is encoded. @throws {CaffeError} ERR_CAFFE_FORMAT */
  decodeDatum(datum: Uint8Array): Uint8Array;
  /** All datasets of numbers, those in groups too. @throws {CaffeError} ERR_CAFFE_FORMAT */
  readHdf5(path: string): NativeDataset[];
  /** Writes a new file; see `writeAside`. @throws {CaffeError} ERR_CAFFE_FILE */
  writeHdf5(path: string, datasets: readonly NativeDataset[]): void;
  /**
   * A free name next to `place`, for a file or folder to be written there. Removes what killed processes have left
   * there.
   */
  nameAside(path: string): { place: string; aside: string };
  /**
   * Whether `path` is a FIFO, a device, or a descriptor of this process such as `/dev/stdout`: what is saved there is
   * written into it.
   */
  isStream(path: string): boolean;
  /** @throws {CaffeError} ERR_CAFFE_FILE, also if nobody reads */
  writeStream(path: string, bytes: Uint8Array): void;
  /** `a FIFO`, `a socket`, `a character device` or `a block device`. Empty for all else. */
  specialAt(path: string): string;
  /** Syncs and renames. @throws {CaffeError} ERR_CAFFE_FILE if that fails */
  putInPlace(aside: string, place: string): void;
  /** On the main thread, when the process exits: Caffe's threads end before all else that ends from then on. */
  noteExit(): void;
  upgrade(kind: string, bytes: Uint8Array, file: string): Uint8Array;
  /** Only in a build with oneDNN. */
  oneDnnVersion?(): string;
  /** Whether this processor multiplies bfloat16. Only in a build with oneDNN. */
  hasBf16?: boolean;
  /**
   * The name that OpenBLAS gives for itself. This and `blasThreads` are undefined if the linked BLAS is not OpenBLAS.
   */
  blasName(): string | undefined;
  blasThreads(): number | undefined;
  /** False if the linked BLAS is not OpenBLAS. */
  setBlasThreads(threads: number): boolean;
  setMode(mode: 'cpu' | 'gpu'): void;
  mode(): 'cpu' | 'gpu';
  setDevice(device: number): void;
  setRandomSeed(seed: number): void;
  readonly mpi: NativeMpi;
  solverCount(): number;
  setSolverCount(count: number): void;
  solverRank(): number;
  setSolverRank(rank: number): void;
  setMultiprocess(multiprocess: boolean): void;
  log(text: string): void;
  /** Puts the handlers of signals back before others that have just been put in their place. */
  putSignalsBack(): void;
}
