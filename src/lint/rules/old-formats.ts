import { readNet } from '../../proto/prototxt.js';
import { encodeMessage, type caffe } from '../../proto/schema.js';
import { edited, removals, type Edit } from '../finding.js';
import type { Prototxt, Report } from '../prototxt.js';
import { fieldsAt, scalarOf, type Field } from '../prototxt-tree.js';

/** What data layers once did to images. Caffe of today reads transform_param, and these not at all. */
const formerTransformations = ['scale', 'mean_file', 'crop_size', 'mirror'];

/** Fields of the current format that Caffe no longer reads. */
export function ignoredFields(layers: readonly Field[], report: Report): void {
  for (const layer of layers) {
    for (const param of ['data_param', 'image_data_param', 'window_data_param']) {
      for (const name of formerTransformations) {
        const [field] = fieldsAt(layer.fields, param, name);
        if (field === undefined) continue;
        const text = `Caffe does not read ${name} in ${param}`;
        report('ignored-field', field, text, `write transform_param { ${name}: ${field.value.text} } in the layer`);
      }
    }
  }
}

/** The fields of a V1 layer that mean the same in a layer of today. */
const kept = ['name', 'bottom', 'top', 'include', 'exclude', 'loss_weight', 'type', 'blobs_lr', 'weight_decay'];

const inOrder = (fields: readonly Field[]): Field[] => [...fields].sort((a, b) => a.start - b.start);

/** Puts a text in place of the first of some fields, and removes the others. */
function replacement(text: string, [first, ...more]: readonly Field[], by: string): Edit[] {
  if (first === undefined) return [];
  const others = more.filter(({ whole }) => whole !== first.whole);
  return [{ ...first.whole, text: by }, ...removals(text, others)];
}

/** Changes a layer of the format V1 to one of today; undefined if it has what has no place there. */
function layerEdits(layer: Field, type: string, text: string): Edit[] | undefined {
  const fields = layer.fields ?? [];
  if (!fields.every(({ name }) => kept.includes(name) || name.endsWith('_param'))) return undefined;
  const rates = fieldsAt(fields, 'blobs_lr');
  const decays = fieldsAt(fields, 'weight_decay');
  const specs = Array.from({ length: Math.max(rates.length, decays.length) }, (_, i) => {
    const rate = rates[i] === undefined ? '' : ` lr_mult: ${rates[i].value.text}`;
    const decay = decays[i] === undefined ? '' : ` decay_mult: ${decays[i].value.text}`;
    return `param {${rate}${decay} }`;
  });
  const old = inOrder([...rates, ...decays]);
  const indent = /[ \t]*$/.exec(text.slice(0, old[0]?.whole.start ?? 0))?.[0] ?? '';
  return [
    { start: layer.start, end: layer.start + layer.name.length, text: 'layer' },
    ...fieldsAt(fields, 'type').map(({ value: { start, end } }) => ({ start, end, text: JSON.stringify(type) })),
    ...replacement(text, old, specs.join(`\n${indent}`)),
  ];
}

/** Changes `input` and its shape to a layer of the type Input. */
function inputEdits(fields: readonly Field[], text: string): Edit[] {
  const inputs = fieldsAt(fields, 'input');
  const shapes = fieldsAt(fields, 'input_shape').map(({ value }) => value.text.replaceAll(/\s+/g, ' '));
  const dims = fieldsAt(fields, 'input_dim').map(({ value }) => value.text);
  for (let i = 0; i < dims.length; i += 4) {
    shapes.push(
      `{ ${dims
        .slice(i, i + 4)
        .map((dim) => `dim: ${dim}`)
        .join(' ')} }`,
    );
  }
  const tops = inputs.map(({ value }) => `  top: ${value.text}\n`).join('');
  const layer =
    `layer {\n  name: "input"\n  type: "Input"\n${tops}` +
    `  input_param { ${shapes.map((shape) => `shape: ${shape}`).join(' ')} }\n}`;
  const old = inOrder([...inputs, ...fieldsAt(fields, 'input_shape'), ...fieldsAt(fields, 'input_dim')]);
  return replacement(text, old, layer);
}

/** Whether the changed text is the message that Caffe makes of the old one. */
function isSame(prototxt: Prototxt, edits: readonly Edit[], net: caffe.NetParameter): boolean {
  const text = edited(prototxt.text, edits);
  try {
    const [mended, upgraded] = [readNet({ text }), net].map((message) => encodeMessage('NetParameter', message));
    return mended !== undefined && upgraded !== undefined && Buffer.compare(mended, upgraded) === 0;
  } catch {
    return false;
  }
}

/**
 * Nets of old formats. Caffe reads them, but its tools and other programs know less and less of them.
 *
 * @param net - the net that Caffe makes of it
 */
export function oldNets(prototxt: Prototxt, fields: readonly Field[], net: caffe.NetParameter): void {
  const layers = fieldsAt(fields, 'layers');
  const inputs = fieldsAt(fields, 'input');
  const isV0 = layers.some((layer) => fieldsAt(layer.fields, 'layer').length > 0);
  const typed = net.layer.slice(inputs.length > 0 ? 1 : 0);
  const ofLayers = isV0
    ? [undefined]
    : layers.map((layer, i) => layerEdits(layer, typed[i]?.type ?? '', prototxt.text));
  const edits = [...ofLayers, inputs.length > 0 ? inputEdits(fields, prototxt.text) : []];
  const all = edits.every((each) => each !== undefined) ? edits.flat() : [];
  const fix = all.length > 0 && isSame(prototxt, all, net) ? all : undefined;
  const advice = fix === undefined ? 'tscaffe upgrade OLD NEW writes it in the current one, without comments' : '';
  const [first] = layers;
  if (first !== undefined) {
    const text = `${layers.length} ${layers.length === 1 ? 'layer is' : 'layers are'} in the format ${isV0 ? 'V0' : 'V1'} of 2014`;
    prototxt.report('old-format', first, text, advice || 'today it is layer { type: "..." }; --fix writes it so', fix);
  }
  if (inputs[0] !== undefined) {
    const text = `input "${scalarOf(inputs[0]) ?? ''}" is in the format of before 2016`;
    const hint = advice || 'today it is a layer of the type Input; --fix writes it so';
    // The changes belong together: the first finding has them all.
    prototxt.report('old-format', inputs[0], text, hint, first === undefined ? fix : undefined);
  }
}
