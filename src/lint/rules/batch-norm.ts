import type { Edit } from '../finding.js';
import { removals } from '../finding.js';
import type { Report } from '../prototxt.js';
import { fieldsAt, type Field } from '../prototxt-tree.js';
import { fieldOf, nameOf, type Layer, type StateNet } from '../state.js';

/** The change that makes a `param` have lr_mult 0; undefined if it has. */
function zeroed(param: Field): Edit | undefined {
  const [lrMult] = fieldsAt(param.fields, 'lr_mult');
  const { start } = param.value;
  if (lrMult === undefined) return { start: start + 1, end: start + 1, text: ' lr_mult: 0' };
  if (Number(lrMult.value.text) === 0) return undefined;
  return { start: lrMult.value.start, end: lrMult.value.end, text: '0' };
}

/**
 * BatchNorm's blobs are statistics: no solver may change them.
 *
 * @returns whether one would; Caffe refuses most such nets
 */
export function statisticsLearn({ layers }: StateNet, report: Report): boolean {
  let found = false;
  for (const layer of layers) {
    if (layer.param.type !== 'BatchNorm') continue;
    const fields = fieldsAt(layer.field?.fields, 'param').filter(({ fields }) => fields !== undefined);
    const edits = fields.flatMap((param) => zeroed(param) ?? []);
    if (edits.length === 0) continue;
    found = true;
    report(
      'batchnorm-lr-mult',
      fields.find((param) => zeroed(param) !== undefined),
      `${nameOf(layer)} has an lr_mult that is not 0, but the blobs of BatchNorm are statistics`,
      'give each lr_mult: 0, or leave param away: it is 0 then',
      edits,
    );
  }
  return found;
}

function scaleAbove(net: StateNet, index: number): Layer | undefined {
  const [top = ''] = net.layers[index]?.param.top ?? [];
  return net
    .readersOf(top, index)
    .flatMap((i) => net.layers[i] ?? [])
    .find(({ param }) => param.type === 'Scale');
}

/** BatchNorm of Caffe only normalizes. The scale and the shift that papers have in it are a layer of their own. */
export function withoutScale(net: StateNet, report: Report): void {
  for (const [i, layer] of net.layers.entries()) {
    if (layer.param.type !== 'BatchNorm' || scaleAbove(net, i) !== undefined) continue;
    report(
      'batchnorm-without-scale',
      layer.field,
      `no Scale reads what ${nameOf(layer)} makes`,
      'BatchNorm of Caffe learns nothing: add layer { type: "Scale" scale_param { bias_term: true } } above it',
    );
  }
}

/** Statistics of the whole data in training, which are all 0 at first, and stay as they are. */
export function globalStats(net: StateNet, report: Report, text: string): void {
  if (net.state.phase !== 'train' || !net.hasLoss) return;
  for (const [i, layer] of net.layers.entries()) {
    if (layer.param.type !== 'BatchNorm' || layer.param.batchNormParam?.useGlobalStats !== true) continue;
    const scale = scaleAbove(net, i);
    if (scale !== undefined && !net.learns(scale)) continue; // frozen on purpose
    const fields = fieldsAt(layer.field?.fields, 'batch_norm_param', 'use_global_stats');
    report(
      'global-stats-in-training',
      fieldOf(layer, 'batch_norm_param'),
      `${nameOf(layer)} has use_global_stats: true in training: it normalizes by statistics that stay as they are`,
      'leave it away, it is false in training and true in tests; or freeze the Scale above it as well',
      removals(text, fields),
    );
  }
}
