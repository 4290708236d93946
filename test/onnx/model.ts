import onnxProto from 'onnx-proto';
import { InferenceSession, Tensor } from 'onnxruntime-node';

type Message = onnxProto.onnx.ModelProto;

export const decode = (model: Uint8Array): Message => onnxProto.onnx.ModelProto.decode(model);

/** The names and shapes of the inputs of a model, or of its outputs; of a batch of any size the axis is called N. */
export function shapesOf(model: Uint8Array, which: 'input' | 'output'): Record<string, (number | string)[]> {
  const values = decode(model).graph?.[which] ?? [];
  return Object.fromEntries(
    values.map(({ name, type }) => {
      const axes = type?.tensorType?.shape?.dim ?? [];
      return [name ?? '', axes.map(({ dimValue, dimParam }) => dimParam ?? Number(dimValue))];
    }),
  );
}

/** The names and lengths of a model's constants. */
export function constantsOf(model: Uint8Array): Record<string, number> {
  const constants = decode(model).graph?.initializer ?? [];
  return Object.fromEntries(constants.map(({ name, rawData }) => [name ?? '', (rawData?.length ?? 0) / 4]));
}

/** What onnxruntime computes, of inputs in the shapes that the model declares. */
export async function run(model: Uint8Array, inputs: Record<string, number[]>): Promise<Record<string, number[]>> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const shapes = shapesOf(model, 'input');
  const feeds = Object.entries(inputs).map(([name, values]) => [
    name,
    new Tensor('float32', Float32Array.from(values), shapes[name].map(Number)),
  ]);
  const results = await session.run(Object.fromEntries(feeds) as Record<string, Tensor>);
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]]));
}
