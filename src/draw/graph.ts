import { expectOneOf, expectOptions } from '../error/argument.js';
import { CaffeError } from '../error/caffe-error.js';
import { decodeMessage, type caffe } from '../proto/schema.js';
import { readSource, type Source } from '../proto/source.js';
import { chooseColorByLayertype, getEdgeLabel, getLayerLabel, type RankDir } from './labels.js';

/** The options of {@link getDotGraph}. */
export interface GraphOptions {
  /** The direction of the drawing: 'LR' (left to right) by default. */
  rankdir?: RankDir;
  /** Whether arrows show batch sizes and numbers of outputs. True by default. */
  labelEdges?: boolean;
  /** Draws only the layers of this phase. All layers by default. */
  phase?: 'train' | 'test';
  /** Whether layers show their learning rate multipliers. False by default. */
  displayLrm?: boolean;
}

/** The names of {@link GraphOptions}. */
export const graphOptions = ['rankdir', 'labelEdges', 'phase', 'displayLrm'] as const;

/** A layer or a blob. */
interface GraphNode {
  label: string;
  shape?: 'record' | 'octagon';
  color?: string;
  /** The index of the layer in the source. */
  layer?: number;
}

interface Graph {
  name: string;
  rankdir: RankDir;
  nodes: GraphNode[];
  edges: { from: GraphNode; to: GraphNode; label: string }[];
}

/** Whether a layer is present in a phase. Levels and stages are unknown here: rules without a phase count as met. */
function isIn(phase: 'train' | 'test', { name, include, exclude }: caffe.LayerParameter): boolean {
  if (include.length > 0 && exclude.length > 0) {
    throw new CaffeError('ERR_CAFFE_FORMAT', `layer "${name}" has both include and exclude rules`);
  }
  const number = phase === 'train' ? 0 : 1;
  const states = (rule: object): boolean => Object.hasOwn(rule, 'phase');
  if (include.length > 0) return include.some((rule) => !states(rule) || rule.phase === number);
  return !exclude.some((rule) => states(rule) && rule.phase === number);
}

/** The graph to draw: a node for each layer and each blob, and arrows from bottoms to layers to tops. */
function graphOf(source: Source, options: GraphOptions = {}): Graph {
  const { rankdir = 'LR', labelEdges = true, phase, displayLrm = false } = expectOptions(options, graphOptions);
  expectOneOf(rankdir, 'rankdir', ['LR', 'RL', 'TB', 'BT']);
  if (phase !== undefined) expectOneOf(phase, 'phase', ['train', 'test']);
  const net = decodeMessage('NetParameter', readSource('NetParameter', source).bytes);
  const layers = net.layer as caffe.LayerParameter[];
  const nodes = new Map<string, GraphNode>();
  const arrows: { from: string; to: string; label: string }[] = [];
  for (const [index, layer] of layers.entries()) {
    if (phase !== undefined && !isIn(phase, layer)) continue;
    const key = `layer ${layer.name} ${layer.type}`;
    const { bottom, top } = layer;
    const inPlace = bottom.length === 1 && top.length === 1 && bottom[0] === top[0];
    const color = inPlace ? '#90EE90' : chooseColorByLayertype(layer.type);
    nodes.set(key, { label: getLayerLabel(layer, rankdir, displayLrm), shape: 'record', color, layer: index });
    for (const blob of bottom) {
      nodes.set(`blob ${blob}`, { label: blob, shape: 'octagon', color: '#E0E0E0' });
      arrows.push({ from: `blob ${blob}`, to: key, label: '' });
    }
    for (const blob of top) {
      // As in pycaffe: plain, unless a later layer consumes the blob.
      nodes.set(`blob ${blob}`, { label: blob });
      arrows.push({ from: key, to: `blob ${blob}`, label: labelEdges ? getEdgeLabel(layer) : '' });
    }
  }
  const edges = arrows.flatMap(({ from, to, label }) => {
    const [a, b] = [nodes.get(from), nodes.get(to)];
    return a && b ? [{ from: a, to: b, label }] : [];
  });
  return { name: net.name || 'Net', rankdir, nodes: [...nodes.values()], edges };
}

/** A name in DOT: quoted, unless it is a plain word that is not a keyword, or a number. */
function quote(text: string): string {
  if (/^([A-Za-z_]\w*|\d+)$/.test(text) && !/^(graph|subgraph|digraph|node|edge|strict)$/i.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

/**
 * The name of a node, which is also its label. In a record, some characters are escaped because they would divide it
 * into fields.
 */
function nameOf({ label, shape }: GraphNode): string {
  if (shape !== 'record') return quote(label);
  return quote(label).replace(/[{}|<>]/g, '\\$&');
}

function statementOf(node: GraphNode, idOf?: (layer: number) => string): string {
  const { shape, color, layer } = node;
  const id = layer === undefined || idOf === undefined ? '' : `, id=${quote(idOf(layer))}`;
  const style = shape && color ? ` [fillcolor="${color}", shape=${shape}, style=filled${id}]` : '';
  return `${nameOf(node)}${style};\n`;
}

/**
 * A net as a graph in DOT, the language of Graphviz. Nodes, arrows, labels and colours are those of pycaffe's
 * `get_pydot_graph`. Layers are boxes: red for convolutions, orange for poolings, violet for inner products, green for
 * in-place layers, blue for the rest. Blobs that a layer consumes are grey octagons; other blobs are plain ellipses.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE if the source cannot be read; ERR_CAFFE_PROTOTXT if it is not a net;
 * ERR_CAFFE_FORMAT if `phase` is given and a layer has both include and exclude rules
 */
export function getDotGraph(source: Source, options?: GraphOptions): string {
  return toDot(graphOf(source, options));
}

/**
 * The graph to look at. pycaffe's has the same arrow once for each layer of a name: LeNet's data layers, of training
 * and of testing, are one node with two arrows to each top. Here it is one arrow, with both labels.
 *
 * @param idOf - gives the nodes of layers ids, which Graphviz hands on to its drawing
 */
export function getDrawnGraph(source: Source, options?: GraphOptions, idOf?: (layer: number) => string): string {
  const graph = graphOf(source, options);
  const edges = new Map<string, Graph['edges'][number]>();
  for (const edge of graph.edges) {
    const key = `${nameOf(edge.from)} -> ${nameOf(edge.to)}`;
    const labels = new Set([edges.get(key)?.label, edge.label].filter(Boolean));
    edges.set(key, { ...edge, label: [...labels].join('\n') });
  }
  return toDot({ ...graph, edges: [...edges.values()] }, idOf);
}

function toDot({ name, rankdir, nodes, edges }: Graph, idOf?: (layer: number) => string): string {
  const arrows = edges.map(({ from, to, label }) => {
    const text = label === '' ? '""' : quote(label);
    return `${nameOf(from)} -> ${nameOf(to)} [label=${text}];\n`;
  });
  const statements = nodes.map((node) => statementOf(node, idOf));
  return `digraph ${quote(name)} {\nrankdir=${rankdir};\n${statements.join('')}${arrows.join('')}}\n`;
}
