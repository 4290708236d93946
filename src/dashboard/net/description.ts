import { getDrawnGraph } from '../../draw/graph.js';
import type { Blob } from '../../blob/blob.js';
import type { Net } from '../../net/net.js';
import { toPrototxt } from '../../proto/prototxt.js';
import { decodeMessage, type caffe } from '../../proto/schema.js';
import type { LayerDescription } from '../messages.js';

/** A layer's message, as Caffe uses it. */
export function messageOf(net: Net, layer: number): caffe.LayerParameter {
  return decodeMessage('LayerParameter', net.native.layerParameter(layer));
}

/** The net's layers as messages, without those that Caffe has put in: it computes several uses of a blob by a Split. */
export function ownLayers(net: Net): { index: number; message: caffe.LayerParameter }[] {
  const renamed = new Map<string, string>();
  const own: { index: number; message: caffe.LayerParameter }[] = [];
  for (const { index, type, name, bottom, top } of net.layers) {
    const before = (blob: string): string => renamed.get(blob) ?? blob;
    if (type === 'Split' && name.endsWith('_split') && bottom[0] !== undefined) {
      for (const copy of top) renamed.set(copy, before(bottom[0]));
      continue;
    }
    const message = messageOf(net, index);
    message.bottom = message.bottom.map(before);
    own.push({ index, message });
  }
  return own;
}

const named = (name: string, { shape }: Pick<Blob, 'shape'>): { name: string; shape: readonly number[] } => ({
  name,
  shape: [...shape],
});

/** What each learnable blob of a layer is, where all layers of its type agree. */
function blobName(type: string, index: number): string {
  if (/^(Convolution|Deconvolution|InnerProduct|Embed)$/.test(type)) return index === 0 ? 'weights' : 'bias';
  if (type === 'Scale') return index === 0 ? 'factor' : 'bias';
  if (type === 'BatchNorm') return ['mean', 'variance', 'factor'][index] ?? `blob ${index}`;
  return `blob ${index}`;
}

/** The layers of a net, for the page. */
export function describeLayers(net: Net): LayerDescription[] {
  const { blobs } = net;
  return net.layers.map((layer) => {
    const shapes = (names: readonly string[]): LayerDescription['tops'] =>
      names.flatMap((name) => {
        const blob = blobs[name];
        return blob === undefined ? [] : [named(name, blob)];
      });
    return {
      name: layer.name,
      type: layer.type,
      engine: layer.engine,
      bottoms: shapes(layer.bottom),
      tops: shapes(layer.top),
      blobs: layer.blobs.map((blob, i) => named(blobName(layer.type, i), blob)),
      prototxt: toPrototxt({ layer: [messageOf(net, layer.index)] }),
    };
  });
}

/** The drawing of `draw` in DOT, whose nodes of layers have ids: `layer-3`. */
export function drawingOf(net: Net, rankdir: 'LR' | 'TB'): string {
  const own = ownLayers(net);
  const layer = own.map(({ message }) => message);
  return getDrawnGraph({ name: net.name, layer }, { rankdir }, (i) => `layer-${own[i]?.index ?? i}`);
}
