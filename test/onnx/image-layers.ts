import { layers, NetSpec, type NetMessage, type Top } from 'tscaffe';

const weightFiller = { type: 'xavier' };
const biasFiller = { type: 'uniform', min: -0.5, max: 0.5 };

/** Layers over images that the well-known nets have not, on the way from one input to many outputs. */
export function imageLayers(batch: number): NetMessage {
  const n = new NetSpec({ name: 'ImageLayers' });
  n['data'] = layers.Input({ shape: { dim: [batch, 6, 13, 10] } });

  const shape = { numOutput: 8, kernelH: 3, kernelW: 2, strideH: 1, strideW: 2, padH: 2, padW: 1, group: 2 };
  n['conv'] = layers.Convolution(n['data'], { ...shape, dilation: 2, weightFiller, biasFiller });
  n['prelu'] = layers.PReLU(n['conv'], { filler: { type: 'uniform', min: -0.5, max: 0.5 }, inPlace: true });
  n['lrn'] = layers.LRN(n['prelu'], { normRegion: 'WITHIN_CHANNEL', localSize: 3, alpha: 0.5, beta: 0.6 });
  // Of 13 rows 7 windows, of which the last reaches over the edge and its padding.
  n['average'] = layers.Pooling(n['lrn'], { pool: 'AVE', kernelSize: 4, stride: 2, pad: 1 });
  n['elu'] = layers.ELU(n['average'], { alpha: 0.7, inPlace: true });
  n['bias'] = layers.Bias(n['elu'], { filler: biasFiller });
  n['norm'] = layers.BatchNorm(n['bias'], { useGlobalStats: false });
  n['scale'] = layers.Scale(n['norm'], { axis: 2, numAxes: 2, filler: biasFiller, biasTerm: true, biasFiller });
  n['leaky'] = layers.ReLU(n['scale'], { negativeSlope: 0.1 });

  const [a, b, c] = layers.Slice(n['leaky'], { ntop: 3, axis: 1, slicePoint: [2, 4] });
  [n['a'], n['b'], n['c']] = [a, b, c];
  const [c1, c2] = layers.Slice(c, { ntop: 2, axis: 1 });
  [n['c1'], n['c2']] = [c1, c2];
  n['swish'] = layers.Swish(a, { beta: 1.5 });
  n['tanh'] = layers.TanH(b);
  n['clip'] = layers.Clip(c1, { min: -0.4, max: 0.8 });
  n['sum'] = layers.Eltwise(n['swish'], n['tanh'], n['clip'], { coeff: [1, -0.5, 2] });
  n['max'] = layers.Eltwise(n['sum'], c2, { operation: 'MAX' });
  n['product'] = layers.Eltwise(n['max'], n['sum'], { operation: 'PROD' });

  const [one, two] = layers.Split(n['product'], { ntop: 2 });
  [n['one'], n['two']] = [one, two];
  n['mvn'] = layers.MVN(one);
  n['centred'] = layers.MVN(two, { acrossChannels: true, normalizeVariance: false });
  n['joined'] = layers.Concat(n['mvn'], n['centred'], { axis: 3 });

  const convolutionParam = { numOutput: 4, kernelSize: [3], stride: [2], pad: [1], weightFiller, biasFiller };
  n['up'] = layers.Deconvolution(n['joined'], { convolutionParam });
  n['columns'] = layers.Im2col(n['up'], { convolutionParam: { kernelSize: [3], stride: [2], pad: [1] } });
  n['pyramid'] = layers.SPP(n['up'], { pyramidHeight: 3 });
  n['tiled'] = layers.Tile(n['up'], { axis: 2, tiles: 2 });
  n['rows'] = layers.Reshape(n['tiled'], { shape: { dim: [0, 4, -1, 2] } });
  n['volume'] = layers.Reshape(n['up'], { shape: { dim: [0, 2, 2, -1] }, axis: 0, numAxes: 3 });
  const cube = { numOutput: 3, kernelSize: [1, 3, 2], pad: [0, 1, 1], stride: [1, 2, 1] };
  n['conv3d'] = layers.Convolution(n['volume'], { ...cube, weightFiller, biasFiller });
  n['place'] = layers.ArgMax(n['rows'], { axis: 1 });
  n['best'] = layers.ArgMax(n['up'], { topK: 3, outMaxVal: true });
  unusedLayer(n, n['columns']);
  return n.toProto();
}

/** A Silence, without which the columns would be an output. */
function unusedLayer(n: NetSpec, columns: Top): void {
  n['mean'] = layers.Reduction(columns, { operation: 'MEAN', axis: 2, coeff: 3 });
  n['quiet'] = layers.Silence(columns, { ntop: 0 });
}
