import { createRequire } from 'node:module';
import type * as OnnxProto from 'onnx-proto';

let loaded: typeof OnnxProto | undefined;

/** ONNX's own messages. Loaded by the first export: loading takes longer than importing the rest of the package. */
export function schema(): typeof OnnxProto.onnx {
  return (loaded ??= createRequire(import.meta.url)('./onnx-proto.cjs') as typeof OnnxProto).onnx;
}

/** The numbers of `TensorProto.DataType`. */
export const elementTypes = { float: 1, int64: 7, bool: 9 } as const;
