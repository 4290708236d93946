import type { onnx } from 'onnx-proto';
import { packageVersion } from '../copies/any-copy.js';
import { CaffeError } from '../error/caffe-error.js';
import type { Attributes, Constant, Graph, Node, Value } from './graph.js';
import { elementTypes, schema } from './schema.js';

/** The first axis of a batch, in an input or an output. */
const batchAxis = 'N';

/** @param batchSize - that of the net, where the graph is for any */
function valueInfo({ name, shape, type, batch }: Value, batchSize: number | undefined): onnx.IValueInfoProto {
  const dim = shape.map((length, axis): onnx.TensorShapeProto.IDimension => {
    if (!batch || axis > 0) return { dimValue: length };
    return length === batchSize ? { dimParam: batchAxis } : {};
  });
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}

function attribute(name: string, value: Attributes[string]): onnx.IAttributeProto {
  const { AttributeType } = schema().AttributeProto;
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: value };
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  if ('graph' in value) return { name, type: AttributeType.GRAPH, g: encodeGraph(value.graph, name, undefined) };
  return { name, type: AttributeType.INTS, ints: [...value] };
}

function encodeNode({ type, name, inputs, outputs, attributes }: Node): onnx.INodeProto {
  return {
    opType: type,
    name,
    input: inputs.map((input) => input?.name ?? ''),
    output: outputs.map((output) => output.name),
    attribute: Object.entries(attributes).map(([key, value]) => attribute(key, value)),
  };
}

function tensor({ value: { name, shape, type }, bytes }: Constant): onnx.ITensorProto {
  return { name, dataType: elementTypes[type], dims: [...shape], rawData: bytes };
}

function encodeGraph(graph: Graph, name: string, batchSize: number | undefined): onnx.IGraphProto {
  const outputs = new Set(graph.outputs);
  const isInside = (value: Value): boolean => value.type === 'float' && !outputs.has(value);
  const between = graph.nodes.flatMap((node) => node.outputs).filter(isInside);
  return {
    name,
    node: graph.nodes.map(encodeNode),
    initializer: graph.constants.map(tensor),
    input: graph.inputs.map((value) => valueInfo(value, batchSize)),
    output: graph.outputs.map((value) => valueInfo(value, batchSize)),
    valueInfo: between.map((value) => valueInfo(value, batchSize)),
  };
}

/** What a protobuf message may hold, in bytes. */
const mostBytes = 2 ** 31 - 1;

/**
 * The bytes of a model.
 *
 * @param batchSize - that of the net, for a graph for any batch size
 * @throws {CaffeError} ERR_CAFFE_TOO_LARGE, before anything is copied
 */
export function encodeModel(graph: Graph, name: string, batchSize: number | undefined): Uint8Array {
  const model: onnx.IModelProto = {
    // The newest version of the format that the operators need: a reader refuses one that it does not know.
    irVersion: graph.opset < 15 ? 7 : 8,
    producerName: 'tscaffe',
    producerVersion: packageVersion,
    opsetImport: [{ domain: '', version: graph.opset }],
    graph: encodeGraph(graph, name, batchSize),
  };
  const writer = schema().ModelProto.encode(model);
  if (writer.len > mostBytes) {
    throw new CaffeError('ERR_CAFFE_TOO_LARGE', `the model takes ${writer.len} bytes, and an ONNX file ends at 2 GB`);
  }
  const bytes = writer.finish();
  // A small Buffer is a part of one that others use too: whoever takes its `buffer` would get more than the model.
  return bytes.length === bytes.buffer.byteLength ? new Uint8Array(bytes.buffer) : Uint8Array.from(bytes);
}
