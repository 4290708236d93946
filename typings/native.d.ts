/**
 * The addon's raw surface, written by hand from native/addon.cc: exact types, one way of calling, no defaults. Only
 * src/ uses it. Every function that reaches Caffe throws a `CaffeError` made by the function that was handed to
 * `initialize`.
 */

/** What native code makes or calls. All of it is called on the JavaScript thread. */
export interface Hooks {
  makeError: (code: never, message: string, details: object) => Error;
  Blob: new (...args: never[]) => NativeBlob;
  DevicePointer: new (...args: never[]) => object;
  /** Makes the object behind a layer; `blobs` stays the layer's list of learnable blobs. */
  bindLayer: (type: string, layerParameter: Uint8Array, blobs: NativeBlob[]) => LayerBinding;
  /** Must not throw. */
  receiveLog: (lines: NativeLogLine[]) => void;
}

export type LayerMethod = (...args: never[]) => unknown;

/** A TypeScript layer as native code calls it. */
export interface LayerBinding extends NativeBlobCounts {
  layer: object;
  setup: LayerMethod | undefined;
  /**
   * Called after setup, whether there is one or not; `param` of the bytes' LayerParameter holds where the net's own
   * says nothing.
   */
  endSetup: () => Uint8Array | undefined;
  reshape: LayerMethod | undefined;
  forward: LayerMethod | undefined;
  backward: LayerMethod | undefined;
  forwardGpu: LayerMethod | undefined;
  backwardGpu: LayerMethod | undefined;
  allowForceBackward: LayerMethod | undefined;
  /** The bytes of a LayerParameter without blobs to those that are to be written. */
  toProto: LayerMethod | undefined;
  /**
   * Called when a method has returned a promise in a synchronous call: throws an error that says more than the addon
   * can.
   */
  refusePromise: LayerMethod | undefined;
  equalNumBottomTopBlobs: boolean;
  autoTopBlobs: boolean;
}

export interface NativeLogLine {
  /** glog's: 0 info, 1 warning, 2 error. */
  severity: number;
  source: string;
  text: string;
}

export declare class NativeBlob {
  constructor(shape: number[]);
  /** The size of each axis, as a new array. */
  get shape(): number[];
  /** How many elements it has: the product of its shape. */
  get count(): number;
  /**
   * The first axis of an at most 4-D blob, 1 if it has none. @throws {CaffeError} ERR_CAFFE_CHECK with more than 4 axes
   */
  get num(): number;
  /** The second axis; see {@link num}. */
  get channels(): number;
  /** The third axis; see {@link num}. */
  get height(): number;
  /** The fourth axis; see {@link num}. */
  get width(): number;
  protected dataArray(): Float32Array;
  protected diffArray(): Float32Array;
  protected cpuDataArray(): Float32Array;
  protected cpuDiffArray(): Float32Array;
  /** Of the stamp of its data or diff. */
  protected stampSlot(diff: boolean): number;
  /** These four only in a build with CUDA. @throws {CaffeError} ERR_CAFFE_NO_GPU where there is no device */
  protected gpuDataPointer(): NativeDevicePointer;
  protected mutableGpuDataPointer(): NativeDevicePointer;
  protected gpuDiffPointer(): NativeDevicePointer;
  protected mutableGpuDiffPointer(): NativeDevicePointer;
  /** Where the newest values are. */
  get head(): 'uninitialised' | 'cpu' | 'gpu' | 'synced';
  protected reshapeTo(shape: number[]): void;
  asumData(): number;
  asumDiff(): number;
  sumsqData(): number;
  sumsqDiff(): number;
  scaleData(factor: number): void;
  scaleDiff(factor: number): void;
  shareData(other: NativeBlob): void;
  shareDiff(other: NativeBlob): void;
  protected copyValues(source: NativeBlob, diff: boolean, reshape: boolean): void;
  update(): void;
  protected toBytes(diff: boolean): Uint8Array;
  protected fromBytes(bytes: Uint8Array, reshape: boolean): void;
}

/** Floats on the GPU. */
export declare class NativeDevicePointer {
  /** Only native code makes them. */
  protected constructor(origin: never);
  /** How many floats there are. */
  get length(): number;
  /** Whether kernels and math may write to them. */
  get isWritable(): boolean;
  protected piece(begin: number, end: number): NativeDevicePointer;
}

/**
 * What the method `hear` of a net is told, by name. Caffe waits while it is called, and what it throws ends the call.
 * `waits`: on Caffe's thread, which waits for a promise that `hear` returns too; elsewhere `hear` must not return one.
 */
export type NetEvent =
  | [event: 'beforeForward' | 'afterForward' | 'beforeBackward' | 'afterBackward', waits: boolean, layer: number]
  /** The first NaN or infinity in a pass: an ERR_CAFFE_NAN. */
  | [event: 'nan', waits: boolean, error: Error];

/** The time of one pass of a layer, since the net was made, as far as it was profiled. */
export interface NativePassTime {
  calls: number;
  nanoseconds: number;
  /** Of these, nanoseconds in TypeScript. */
  typescript: number;
}

export interface NativeLayerTime {
  forward: NativePassTime;
  backward: NativePassTime;
}

export declare class NativeNet {
  constructor(net: Uint8Array, phase: 'train' | 'test', level: number, stages: string[]);
  name(): string;
  layerNames(): string[];
  layerTypes(): string[];
  blobNames(): string[];
  blobs(): NativeBlob[];
  params(layer: number): NativeBlob[];
  /** For each learnable blob, layer by layer, -1 or which earlier one it shares its values with. */
  paramOwners(): number[];
  inputs(): number[];
  outputs(): number[];
  topIds(layer: number): number[];
  bottomIds(layer: number): number[];
  blobLossWeights(): number[];
  /** Of a blob that had a weight when the net was built. */
  setBlobLossWeight(blob: number, weight: number): void;
  /** `param`: of the layer's learnable blobs. */
  multiplier(what: 'lr' | 'decay', layer: number, param: number): number;
  /** While a solver runs it on Caffe's thread: from the next iteration on. */
  setMultiplier(what: 'lr' | 'decay', layer: number, param: number, value: number): void;
  /**
   * What `bindLayer` answered for each TypeScript layer. Caffe's side refers to the layers weakly; this keeps them
   * alive.
   */
  readonly layers: readonly LayerBinding[];
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
   * To be set before `listen` is called. Native code refers to the net weakly, so what `hear` refers to may refer to
   * the net.
   */
  hear: (...event: NetEvent) => unknown;
  /**
   * Whether `hear` is told of an event; at first of none. @throws {CaffeError} ERR_CAFFE_DISPOSED where it is wanted of
   * a net that is gone
   */
  listen(event: NetEvent[0], wanted: boolean): void;
  checkLabels(whether: boolean): void;
  setInputArrays(data: Float32Array, labels: Float32Array): void;
  /** Any number may want to know how long the layers take; false takes one back. */
  profile(on: boolean): void;
  /** Of each layer; never reset. */
  timings(): NativeLayerTime[];
  /** These two only in a build with CUDA. */
  transferCounts(): NativeTransfer[];
  clearTransfers(): void;
  bytes(): number;
  dispose(): void;
  isDisposed(): boolean;
}

/** Where a snapshot lies. */
export interface NativeSnapshot {
  model: string;
  state: string;
}

/** What the method `hear` of a solver is told, by name; see {@link NetEvent}. */
export type SolverEvent =
  /** Before an iteration's forward, and after its backward. */
  | [event: 'start' | 'gradientsReady', waits: boolean]
  /** Before an update whose rate is another than that of the last one. */
  | [event: 'rate', waits: boolean, lr: number, previous: number]
  /** After an update. */
  | [event: 'iteration', waits: boolean]
  /** After a test that was due. */
  | [event: 'test', waits: boolean, index: number, means: number[][]]
  /** After a snapshot that was due. */
  | [event: 'snapshot', waits: boolean, snapshot: NativeSnapshot]
  /** To a request of that number. */
  | [event: 'answer', waits: boolean, request: number, error: unknown, answer?: NativeSnapshot | number[][]]
  /** Before a snapshot is written: the text that `hear` returns goes into a file beside its state. */
  | [event: 'sources', waits: false];

/** Of iterations in which the train net was profiled, since the solver was made. */
export interface NativeIterationTime {
  iterations: number;
  nanoseconds: number;
  /** Of these, nanoseconds in callbacks, and in updates. */
  callbacks: number;
  updates: number;
}

export declare class NativeSolver {
  constructor(solver: Uint8Array);
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
  /** While it runs on Caffe's thread, `setParam` and `overrideLr` count from the next iteration on. */
  setParam(fields: Uint8Array): void;
  overrideLr(lr: number | undefined): void;
  history(): NativeBlob[];
  step(iterations: number): void;
  solve(): void;
  /** Fulfilled at the end of the iteration at hand after `requestStop`; likewise `solveAsync`. */
  stepAsync(iterations: number): Promise<void>;
  solveAsync(): Promise<void>;
  testAsync(index: number): Promise<number[][]>;
  test(index: number): number[][];
  snapshot(): NativeSnapshot;
  restore(path: string): void;
  applyUpdate(): void;
  requestStop(): void;
  /** While it runs: to be done between two iterations, and told as `answer`. What a run leaves undone is void. */
  requestSnapshot(request: number): void;
  requestTest(request: number, index: number): void;
  /** Never reset. */
  timings(): NativeIterationTime;
  dispose(): void;
}

/** How many bottoms and tops a layer takes; -1 where the number does not matter. */
export interface NativeBlobCounts {
  exactNumBottomBlobs: number;
  minBottomBlobs: number;
  maxBottomBlobs: number;
  exactNumTopBlobs: number;
  minTopBlobs: number;
  maxTopBlobs: number;
}

/** A layer outside of any net. */
export declare class NativeCaffeLayer {
  /** `scripted`: made by TypeScript, whether its type is registered or not. */
  constructor(layer: Uint8Array, scripted: boolean);
  type(): string;
  /** Gives up its own hold on a TypeScript layer: whoever holds the result keeps it alive. */
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
 * Caffe's CPU math, on arrays whose lengths have been checked and are not 0. Throws a RangeError where arrays overlap.
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
}

/** What has been copied between host and device, for one cause. */
export interface NativeTransfer {
  /** -1 outside of layers. */
  layer: number;
  during: '' | 'forward' | 'backward' | 'setup' | 'reshape' | 'prefetch';
  /** Empty where the copy is of a buffer of the layer's own. */
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
   * On the current device: the most threads of a block, and the size in bytes of each parameter, where the driver
   * tells.
   */
  limits(): { threads: number; parameters?: number[] };
  /**
   * `geometry`: grid x, y, z, block x, y, z, bytes of shared memory. `values`: 8 bytes for each parameter. `pointers`:
   * for each parameter a pointer, or else its value holds.
   */
  launch(geometry: Uint32Array, values: Uint8Array, pointers: readonly (NativeDevicePointer | undefined)[]): void;
}

/**
 * Caffe's GPU math: the functions of {@link NativeMath} that it has on the device, with pointers in the place of
 * arrays.
 */
export type NativeDeviceMath = {
  [Name in Exclude<keyof NativeMath, 'scaleBytes' | 'stridedDot' | 'rngBernoulli'>]: (
    ...args: OnDevice<Parameters<NativeMath[Name]>>
  ) => ReturnType<NativeMath[Name]>;
};

type OnDevice<Args extends unknown[]> = {
  [Index in keyof Args]: Args[Index] extends Float32Array ? NativeDevicePointer : Args[Index];
};

/** What a build with CUDA has. */
export interface NativeCuda {
  deviceCount(): number;
  /** Of the current device for -1. */
  deviceQuery(device: number): NativeDevice;
  /** What to compile for, as `sm_90`. @throws {CaffeError} ERR_CAFFE_NO_GPU where there is no device */
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
  close(): void;
}

export declare class NativeTimer {
  start(): void;
  stop(): void;
  milliseconds(): number;
}

/** Where a layer of a prototxt begins, and the phases that its rules admit. */
export interface LayerLine {
  name: string;
  /** Of the current format. */
  type?: string;
  line: number;
  train: boolean;
  test: boolean;
}

export type ParsedText =
  | { bytes: Uint8Array; layers: LayerLine[]; error?: undefined }
  | { error: { line: number; column: number; message: string } };

/** A layer's trained weights. */
export interface NativeLayerWeights {
  name: string;
  type: string;
  blobs: NativeBlob[];
}

export interface Native {
  Blob: typeof NativeBlob;
  Net: typeof NativeNet;
  Solver: typeof NativeSolver;
  CaffeLayer: typeof NativeCaffeLayer;
  Database: typeof NativeDatabase;
  Timer: typeof NativeTimer;
  math: NativeMath;
  /** Undefined in a build without CUDA. */
  cuda?: NativeCuda;
  fillBlob(blob: NativeBlob, filler: Uint8Array): void;
  hasGpu: boolean;
  /** The epoch, then the epoch in which each slot's view was last found right: see native/blob/stamps.h. */
  stamps: Uint32Array;
  version: string;
  initialize(hooks: Hooks): void;
  registerLayerType(type: string): boolean;
  stockLayerTypes(): string[];
  setLogSeverity(severity: number): void;
  parseText(kind: string, text: string): ParsedText;
  printText(kind: string, bytes: Uint8Array): string;
  readWeights(bytes: Uint8Array, name: string): NativeLayerWeights[];
  writeWeights(name: string, layers: NativeLayerWeights[]): Uint8Array;
  /**
   * The name of a file or folder to be written beside `place`, which is free; removes what killed processes have left
   * there.
   */
  nameAside(place: string): string;
  /** Syncs and renames. @throws {CaffeError} ERR_CAFFE_FILE */
  putInPlace(aside: string, place: string): void;
  upgrade(kind: string, bytes: Uint8Array, file: string): Uint8Array;
  /** What OpenBLAS says of itself; undefined, as its threads, if the linked BLAS is another. */
  blasName(): string | undefined;
  blasThreads(): number | undefined;
  /** False if the linked BLAS is no OpenBLAS. */
  setBlasThreads(threads: number): boolean;
  setMode(mode: 'cpu' | 'gpu'): void;
  mode(): 'cpu' | 'gpu';
  setDevice(device: number): void;
  setRandomSeed(seed: number): void;
  solverCount(): number;
  setSolverCount(count: number): void;
  solverRank(): number;
  setSolverRank(rank: number): void;
  setMultiprocess(multiprocess: boolean): void;
  log(text: string): void;
}
