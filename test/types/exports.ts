// Each type in a public signature has a name that a program can import: `npm run typecheck` compiles it.
import {
  Layer,
  layers,
  onnx,
  params,
  type DeclaredParams,
  type fields,
  type FillerParameter,
  type LayerCall,
  type LayerFields,
  type LearnableBlobOptions,
  type LiveField,
  type MessageObject,
  type Net,
  type ParamDeclaration,
  type ParamDeclarations,
  type Solver,
  type Source,
  type SourceKind,
  type TopFields,
} from 'tscaffe';

const filler: FillerParameter = { type: 'xavier' };
const learnable: LearnableBlobOptions = { filler, lrMult: 2 };
const gamma: ParamDeclaration = Number;
const declarations = { gamma, weights: [1, 1] } satisfies ParamDeclarations;

export class Scale extends Layer {
  options: DeclaredParams<typeof declarations> | undefined;

  override setup(): void {
    this.addBlob([1], learnable);
    this.options = this.params(declarations);
  }
  override reshape(): void {
    this.blobs[0].reshape(1);
  }
  override forward(): void {
    this.blobs[0].data.fill(this.options?.weights[0] ?? 1);
  }
}

const pooling: fields.PoolingParameter = { pool: 'MAX', kernelSize: 2 };
const spec: fields.ParamSpec = { lrMult: 1 };
const multipliers: fields.Repeated<fields.ParamSpec> = [spec, spec];
const values: fields.EnumValues = params;
const shared: LayerFields & TopFields<1> = { param: multipliers };
const made: LayerCall = layers.Pooling(layers.Input(), { ...pooling, ...shared }).layer;
// @ts-expect-error not a method of pooling
const wrong: fields.PoolingParameter = { pool: 'MIN' };

const exported: onnx.OnnxOptions = { opset: 17, dynamicBatch: true, outputs: ['fc7'] };
export const bytes = (net: Net): Uint8Array => onnx.fromNet(net, exported);

const message: MessageObject = { name: made.type, layer: [{ poolingParam: { pool: 'MAX' } }] };
const source: Source<SourceKind> = message;
const live: LiveField = 'baseLr';
export const all = (solver: Solver): unknown => [solver.param[live], source, values, wrong];
