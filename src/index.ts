import './native/initialize.js';
import * as tscaffe from './index.js';

// For index.cts, which exports this very module.
(globalThis as Record<symbol, unknown>)[Symbol.for(import.meta.url)] = tscaffe;

export { blasName, blasThreads, setBlasThreads } from './blas/threads.js';
export { Blob } from './blob/blob.js';
export { setMultiprocess, setSolverCount, setSolverRank, solverCount, solverRank } from './caffe/parallel.js';
export {
  deviceCount,
  deviceQuery,
  getMode,
  hasGpu,
  hasNccl,
  setDevice,
  setMode,
  setRandomSeed,
  version,
  type Device,
} from './caffe/state.js';
export { fill, type FillerParameter } from './blob/fill.js';
export { Classifier, type ClassifierOptions } from './classifier/classifier.js';
export type { PreprocessOptions } from './classifier/image-net.js';
export * as coordMap from './coord-map/coord-map.js';
export * as cuda from './cuda/cuda.js';
export { DevicePointer } from './cuda/device-pointer.js';
export {
  Detector,
  type Detection,
  type DetectorOptions,
  type SelectiveSearch,
  type Window,
} from './detector/detector.js';
export * as draw from './draw/draw.js';
export {
  engines,
  getEngine,
  getPrecision,
  setEngine,
  type EngineChoice,
  type EngineName,
  type EngineOptions,
  type Precision,
} from './engine/engine.js';
export type { Subscription } from './events/subscription.js';
export { CaffeError, type CaffeErrorCode, type CaffeErrorDetails } from './error/caffe-error.js';
export { checkGradient, type GradientCheck, type GradientCheckOptions } from './gradient/check-gradient.js';
export { GradientError, type GradientFailure, type GradientFailureKind } from './gradient/failure.js';
export type { ObjectiveName } from './gradient/differences.js';
export type { BlobSource } from './gradient/trial.js';
export * as io from './io/io.js';
export { createLayer, type CaffeLayer, type LayerDescription } from './layer/caffe-layer.js';
export {
  optional,
  type DeclaredParams,
  type Optional,
  type ParamDeclaration,
  type ParamDeclarations,
} from './layer/declared-params.js';
export { Layer, type LayerConstructor } from './layer/layer.js';
export { setLayerPath } from './layer/layer-path.js';
export type { LearnableBlobOptions } from './layer/learnable-blobs.js';
export { registerModule, type LayerModule } from './layer/registered-modules.js';
export { layerTypes, registerLayer } from './layer/registry.js';
export { applyFixes, type Edit, type Finding } from './lint/finding.js';
export { lint } from './lint/lint.js';
export { log, onLog, type LogLine, type LogSeverity } from './log/log.js';
export * as math from './math/math.js';
export type { Arrays } from './net/inputs.js';
export type { Multipliers } from './net/multipliers.js';
export type { NetLayer } from './net/structure.js';
export type { Transfer, Transfers } from './net/transfers.js';
export type { NetOptions } from './net/build-net.js';
export { Net, type NetEvents } from './net/net.js';
export type { RunOptions } from './net/plan.js';
export {
  layers,
  type LayerFields,
  type LayerFunction,
  type Layers,
  type LayerTypes,
  type TopFields,
  type Tops,
} from './net-spec/layers.js';
export { NetSpec, type NetFields } from './net-spec/net-spec.js';
export { params } from './net-spec/params.js';
export { Top, toProto, type Bottom, type LayerCall, type NetMessage, type Sink } from './net-spec/top.js';
export * as mpi from './mpi/mpi.js';
export * as onnx from './onnx/onnx.js';
export { readNet, readSolver, toPrototxt } from './proto/prototxt.js';
export type { LayerProfile, NetProfile, PassTime } from './profile/net-profile.js';
export type { IterationTime, SolverProfile } from './profile/solver-profile.js';
export type { caffe, LayerParameter } from './proto/schema.js';
export type { MessageObject, Source, SourceKind } from './proto/source.js';
export { Checkpoints, type Checkpoint, type CheckpointsOptions } from './solver/checkpoints.js';
export { EarlyStopping, type EarlyStoppingOptions } from './solver/early-stopping.js';
export type { RateChange, SolverEvents, TestReport, TrainingReport } from './solver/events.js';
export type { ImprovementOptions } from './solver/improvement.js';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './solver/reduce-lr-on-plateau.js';
export type { LiveField, LiveFields } from './solver/live-fields.js';
export type { AsyncOptions } from './solver/abort.js';
export type { Snapshot, SnapshotPath } from './solver/snapshot.js';
export { Solver, type RestoreOptions, type SolverParameter, type TrainOptions } from './solver/solver.js';
export type { SolverOptions, SolverType } from './solver/build-solver.js';
export {
  AdaDeltaSolver,
  AdaGradSolver,
  AdamSolver,
  getSolver,
  NesterovSolver,
  RMSPropSolver,
  SGDSolver,
} from './solver/update-rules.js';
export { dataSource, type DataSource } from './data-source/data-source.js';
export type { AtOptions, SampleList } from './data-source/epoch.js';
export type { DataSourceOptions, LastBatch, TopShape } from './data-source/options.js';
export type { Sample, SampleValues, ShapedValues } from './data-source/sample.js';
export type { Cursor, OpenOptions, SampleSource, SampleStream } from './data-source/sample-source.js';
export { SourceLayer } from './data-source/source-layer.js';
export { Timer } from './timer/timer.js';
export { Weights, type CopyReport, type LayerWeights } from './weights/weights.js';
/**
 * The types of the fields that `layers`, `NetSpec` and `params` take, from the schema of the linked libcaffe. An
 * example is `fields.PoolingParameter`.
 */
export type * as fields from '../typings/generated/layers.js';
