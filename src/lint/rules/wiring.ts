import { didYouMean } from '../../error/argument.js';
import { layerTypes } from '../../layer/registry.js';
import type { Report } from '../prototxt.js';
import { blobField, isLoss, nameOf, type Layer, type StateNet } from '../state.js';

/** @returns whether a layer is of a type that there is not; the net cannot be built then */
export function unknownTypes({ layers }: StateNet, report: Report): boolean {
  const known = layerTypes();
  const unknown = layers.filter(({ param }) => !known.includes(param.type));
  for (const layer of unknown) {
    const { type } = layer.param;
    report(
      'unknown-type',
      layer.field?.fields?.find(({ name }) => name === 'type') ?? layer.field,
      `${nameOf(layer)} is of the type "${type}", which Caffe does not have`,
      didYouMean(type, known).replace('; ', '') ||
        'types of registerLayer are known only in their program; a prototxt names a module with the type Python',
    );
  }
  return unknown.length > 0;
}

const inPhase = { train: 'TRAIN', test: 'TEST' } as const;

/**
 * Bottoms that nobody makes before: Caffe refuses such a net, and says only the name.
 *
 * @param all - the layers of the file, in all states
 * @returns whether there are any; the net need not be built then
 */
export function unmadeBottoms(net: StateNet, all: readonly Layer[], report: Report): boolean {
  const made = new Set<string>();
  let isWhole = true;
  for (const [i, layer] of net.layers.entries()) {
    for (const blob of layer.param.bottom) {
      if (made.has(blob)) continue;
      isWhole = false;
      reportUnmade(net, all, i, blob, report);
      made.add(blob);
    }
    for (const blob of layer.param.top) made.add(blob);
  }
  return !isWhole;
}

function reportUnmade(net: StateNet, all: readonly Layer[], index: number, blob: string, report: Report): void {
  const layer = net.layers[index];
  if (layer === undefined) return;
  const makes = ({ param }: Layer): boolean => param.top.includes(blob) && !param.bottom.includes(blob);
  const later = net.layers.slice(index + 1).find(makes);
  const field = blobField(layer, 'bottom', blob);
  if (later !== undefined) {
    const text = `${nameOf(layer)} reads "${blob}", which ${nameOf(later)} makes only further down`;
    report('read-before-made', field, text, `move ${nameOf(later)} above ${nameOf(layer)}`);
    return;
  }
  const elsewhere = all.find(makes);
  const phase = inPhase[net.state.phase];
  if (elsewhere !== undefined) {
    const isData = elsewhere.param.bottom.length === 0;
    const text = `${nameOf(layer)} reads "${blob}", which nothing makes in the phase ${phase}`;
    report(
      isData ? 'phase-without-data' : 'made-in-other-phase',
      field,
      text,
      `${nameOf(elsewhere)} is left out by its include or exclude rules; ` +
        (isData ? `add a layer with data for ${phase}` : `let it in, or leave ${nameOf(layer)} out as well`),
    );
    return;
  }
  const names = all.flatMap(({ param }) => param.top);
  report(
    'unknown-bottom',
    field,
    `${nameOf(layer)} reads "${blob}", which no layer makes`,
    didYouMean(blob, names).replace('; ', '') || `there are ${[...new Set(names)].join(', ')}`,
  );
}

/** Types whose tops are there to be read by people. */
const reports = ['Accuracy', 'Python', 'Input'];

/** Layers of a net in training whose tops nobody reads: they are computed, and printed, for nothing. */
export function unreadTops(net: StateNet, report: Report): void {
  if (net.state.phase !== 'train' || !net.hasLoss) return;
  for (const [i, layer] of net.layers.entries()) {
    const { type, top } = layer.param;
    if (top.length === 0 || isLoss(layer) || reports.includes(type) || type.endsWith('Loss')) continue;
    if (top.some((blob) => net.readersOf(blob, i).length > 0)) continue;
    report(
      'unread',
      blobField(layer, 'top', top[0] ?? ''),
      `nobody reads what ${nameOf(layer)} makes: ${top.map((blob) => `"${blob}"`).join(', ')}`,
      'in training it is computed and printed for nothing: remove it, or give it include { phase: TEST }',
    );
  }
}

/** Layers of one net with the same name. Trained weights go by name: both would begin with the same. */
export function namesTwice({ layers }: StateNet, report: Report): void {
  for (const [i, layer] of layers.entries()) {
    const first = layers.findIndex(({ param }) => param.name === layer.param.name);
    if (first === i) continue;
    report(
      'name-twice',
      layer.field?.fields?.find(({ name }) => name === 'name') ?? layer.field,
      `two layers of one net have the name "${layer.param.name}"`,
      'what goes by names, as trained weights do, finds only one of them: name the other otherwise',
    );
  }
}
