import { existsSync, readFileSync } from 'node:fs';
import { CaffeError } from '../../error/caffe-error.js';
import { Database } from '../../io/database.js';
import { decodeMessage } from '../../proto/schema.js';
import type { Report } from '../prototxt.js';
import { blobField, nameOf, type Layer, type StateNet } from '../state.js';

/** So many records of a database are looked at; all may be hundreds of gigabytes. */
const records = 1000;

/**
 * The greatest label that a data layer gives, as far as it was looked at, beside the one that its reader ignores;
 * undefined if its data are elsewhere.
 */
function greatestLabel({ param }: Layer, ignored: number | undefined): number | undefined {
  const { type, dataParam, imageDataParam } = param;
  const source = (type === 'Data' ? dataParam : type === 'ImageData' ? imageDataParam : undefined)?.source ?? '';
  if (!existsSync(source)) return undefined;
  try {
    const all = type === 'Data' ? labelsOfDatabase(source) : labelsOfList(source);
    const labels = all.filter((label) => label !== ignored);
    return labels.length === 0 ? undefined : labels.reduce((a, b) => Math.max(a, b));
  } catch (error) {
    if (error instanceof CaffeError) return undefined; // what is no database is no fault of the text
    throw error;
  }
}

function labelsOfDatabase(source: string): number[] {
  const labels: number[] = [];
  using database = Database.open(source);
  for (const [, value] of database) {
    labels.push(decodeMessage('Datum', value).label);
    if (labels.length === records) break;
  }
  return labels;
}

function labelsOfList(source: string): number[] {
  const lines = readFileSync(source, 'utf8').split('\n');
  return lines.map((line) => parseInt(/(\S+)\s*$/.exec(line)?.[1] ?? '')).filter((label) => !Number.isNaN(label));
}

/** The layer whose second top a label is. */
function sourceOf(net: StateNet, label: string, index: number): Layer | undefined {
  const layer = net.layers[net.writerOf(label, index)];
  return layer?.param.top[1] === label && layer.param.bottom.length === 0 ? layer : undefined;
}

/** Types that hold a score for each class against a label. */
const classifiers = ['SoftmaxWithLoss', 'Accuracy', 'MultinomialLogisticLoss', 'HingeLoss', 'InfogainLoss'];

/** How many classes a layer tells apart, if its net could be built. */
function classesOf(net: StateNet, { param }: Layer): number | undefined {
  if (!classifiers.includes(param.type)) return undefined;
  const shape = net.net?.blobs[param.bottom[0] ?? '']?.shape;
  if (shape === undefined) return undefined;
  const { accuracyParam, softmaxParam, infogainLossParam } = param;
  const axis = (param.type === 'Accuracy' ? accuracyParam : (softmaxParam ?? infogainLossParam))?.axis ?? 1;
  return shape.at(axis);
}

/** The label that a layer leaves out; some have none. */
function ignoredLabel({ param: { type, accuracyParam, lossParam } }: Layer): number | undefined {
  const param =
    type === 'Accuracy' ? accuracyParam : ['SoftmaxWithLoss', 'InfogainLoss'].includes(type) ? lossParam : {};
  return Object.hasOwn(param ?? {}, 'ignoreLabel') ? (param?.ignoreLabel ?? undefined) : undefined;
}

/** Losses and accuracies whose classes do not fit the labels, or each other. */
export function classesAndLabels(net: StateNet, report: Report): void {
  const firstOf = new Map<string, { layer: Layer; classes: number }>();
  for (const [i, layer] of net.layers.entries()) {
    const classes = classesOf(net, layer);
    const [scores = '', label = ''] = layer.param.bottom;
    if (classes === undefined) continue;
    const field = blobField(layer, 'bottom', scores);
    const first = firstOf.get(label);
    firstOf.set(label, first ?? { layer, classes });
    const data = sourceOf(net, label, i);
    const greatest = data === undefined ? undefined : greatestLabel(data, ignoredLabel(layer));
    const giver = data === undefined ? '' : nameOf(data);
    if (classes === 1 && layer.param.type === 'SoftmaxWithLoss') {
      const text = `${nameOf(layer)} has one class, "${scores}": its softmax is 1 and the loss always 0`;
      report(
        'classes',
        field,
        text,
        'num_output below it is the number of classes; for one score there are other losses',
      );
    } else if (greatest !== undefined && greatest >= classes) {
      const text = `${nameOf(layer)} has ${classes} classes, but ${giver} has the label ${greatest}`;
      report('classes', field, text, `labels count from 0: num_output of "${scores}" must be ${greatest + 1} or more`);
    } else if (first !== undefined && first.classes !== classes) {
      const text = `${nameOf(layer)} has ${classes} classes, but ${nameOf(first.layer)} has ${first.classes}, of the same labels`;
      report('classes', field, text, 'give the layers below both the same num_output');
    }
  }
}
