import type { caffe } from '../proto/schema.js';
import { build } from './build.js';
import type { Prototxt } from './prototxt.js';
import { fieldsAt, scalarOf, type Field } from './prototxt-tree.js';
import { globalStats, statisticsLearn, withoutScale } from './rules/batch-norm.js';
import { classesAndLabels } from './rules/classes.js';
import { inPlace } from './rules/in-place.js';
import { lossWeights, softmaxTwice } from './rules/losses.js';
import { frozenAboveLearning, sharedShapes } from './rules/multipliers.js';
import { ignoredFields, oldNets } from './rules/old-formats.js';
import { poolingRims } from './rules/pooling.js';
import { namesTwice, unknownTypes, unmadeBottoms, unreadTops } from './rules/wiring.js';
import { isIn, StateNet, type Layer, type NetState } from './state.js';

/** The layers of a net, each with its field. Caffe makes a layer of `input` fields, and drops layers of V0 that pad. */
function layersOf(net: caffe.NetParameter, fields: readonly Field[]): Layer[] {
  const blocks = fields.filter(({ name }) => name === 'layer' || name === 'layers');
  let next = 0;
  return (net.layer as caffe.LayerParameter[]).map((param) => {
    const at = blocks.findIndex((block, i) => {
      const [name] = [...fieldsAt(block.fields, 'name'), ...fieldsAt(block.fields, 'layer', 'name')];
      return i >= next && (scalarOf(name) ?? '') === param.name;
    });
    if (at >= 0) next = at + 1;
    return { param, field: blocks[at] };
  });
}

const stagesIn = (layers: readonly Layer[]): string[] => [
  ...new Set(
    layers.flatMap(({ param }) =>
      [...param.include, ...param.exclude].flatMap(({ stage, notStage }) => [...(stage ?? []), ...(notStage ?? [])]),
    ),
  ),
];

/**
 * The states in which a net alone may be meant to be built. A phase without any data counts only if some layer is for
 * it by name.
 */
function usualStates(layers: readonly Layer[]): NetState[] {
  const withData = (state: NetState): boolean =>
    layers.some(({ param }) => param.bottom.length === 0 && isIn(state, param));
  const phases = (['train', 'test'] as const).filter((phase) => {
    const number = phase === 'train' ? 0 : 1;
    const isNamed = layers.some(({ param }) =>
      param.include.some((rule) => Object.hasOwn(rule, 'phase') && rule.phase === number),
    );
    return isNamed || stagesIn(layers).length > 0 || withData({ phase, level: 0, stages: [] });
  });
  const chosen = phases.length > 0 ? phases : (['train'] as const);
  return chosen.flatMap((phase) =>
    [[], ...stagesIn(layers).map((stage) => [stage])].map((stages) => ({ phase, level: 0, stages })),
  );
}

/**
 * Lints a net.
 *
 * @param fields - those of the net, which may stand in a solver
 * @param states - those in which a solver builds it; all usual ones otherwise
 */
export async function lintNet(
  prototxt: Prototxt,
  fields: readonly Field[],
  net: caffe.NetParameter,
  states?: readonly NetState[],
): Promise<void> {
  const { text } = prototxt;
  const layers = layersOf(net, fields);
  ignoredFields(fieldsAt(fields, 'layer'), prototxt.report);
  if (fields === prototxt.fields) oldNets(prototxt, fields, net);
  const own = { level: net.state?.level ?? 0, stages: net.state?.stage ?? [] };
  const wanted = (states ?? usualStates(layers)).map(({ phase, level, stages }) => ({
    phase,
    level: level || own.level,
    stages: [...own.stages, ...stages],
  }));
  const subjects = wanted.map(
    (state) =>
      new StateNet(
        state,
        layers.filter(({ param }) => isIn(state, param)),
      ),
  );
  const built = new Set<string>();
  for (const subject of wholeOnes(subjects, layers, prototxt, states !== undefined)) {
    const report = prototxt.reportIn(subject);
    namesTwice(subject, report);
    unreadTops(subject, report);
    lossWeights(subject, report, text);
    softmaxTwice(subject, report);
    inPlace(subject, report);
    frozenAboveLearning(subject, report);
    withoutScale(subject, report);
    globalStats(subject, report, text);
    const cannotBeBuilt = [unknownTypes(subject, report), statisticsLearn(subject, report)].includes(true);
    if (cannotBeBuilt) continue;
    // The same layers in the other phase need no second look at their shapes.
    const key = subject.layers.map((layer) => layers.indexOf(layer)).join();
    if (built.has(key)) continue;
    built.add(key);
    await build(net, subject, prototxt.file, report);
    classesAndLabels(subject, report);
    sharedShapes(subject, report);
    poolingRims(subject, report);
    subject.net?.dispose();
  }
}

/**
 * The states whose layers fit together. What is missing in the others is reported, unless the net is alone and its
 * phase is whole with other stages.
 */
function wholeOnes(
  subjects: readonly StateNet[],
  layers: readonly Layer[],
  { report }: Prototxt,
  isOfSolver: boolean,
): StateNet[] {
  const unheard = (): void => undefined;
  const whole = subjects.filter((subject) => !unmadeBottoms(subject, layers, unheard));
  for (const phase of ['train', 'test']) {
    const broken = subjects.filter((subject) => subject.state.phase === phase && !whole.includes(subject));
    const isWhole = whole.some(({ state }) => state.phase === phase);
    for (const subject of isOfSolver ? broken : isWhole ? [] : broken.slice(0, 1))
      unmadeBottoms(subject, layers, report);
  }
  return whole;
}
