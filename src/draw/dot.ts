import type { Source } from '../proto/source.js';
import { graphOf, type GraphNode, type GraphOptions } from './graph.js';

/** A name as DOT has it: in quotes, unless it is a word that means nothing else, or a number. */
function quote(text: string): string {
  if (/^([A-Za-z_]\w*|\d+)$/.test(text) && !/^(graph|subgraph|digraph|node|edge|strict)$/i.test(text)) return text;
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`;
}

/** A node's name, which is what it shows too. In a record, some characters would divide it into fields. */
function nameOf({ label, shape }: GraphNode): string {
  if (shape !== 'record') return quote(label);
  return quote(label).replace(/[{}|<>]/g, '\\$&');
}

function statementOf(node: GraphNode): string {
  const { shape, color } = node;
  const style = shape && color ? ` [fillcolor="${color}", shape=${shape}, style=filled]` : '';
  return `${nameOf(node)}${style};\n`;
}

/**
 * A net as a graph in Graphviz's language DOT: the nodes, arrows, labels and colours of pycaffe's `get_pydot_graph`. Layers are boxes: red
 * convolutions, orange poolings, violet inner products, green what works in place, blue the rest; blobs that a layer consumes are grey
 * octagons, others plain ellipses.
 *
 * @throws {CaffeError} ERR_CAFFE_FILE, ERR_CAFFE_PROTOTXT for a source that is no net
 */
export function getDotGraph(source: Source, options?: GraphOptions): string {
  const { name, rankdir, nodes, edges } = graphOf(source, options);
  const arrows = edges.map(({ from, to, label }) => {
    const text = label === '' ? '""' : quote(label);
    return `${nameOf(from)} -> ${nameOf(to)} [label=${text}];\n`;
  });
  return `digraph ${quote(name)} {\nrankdir=${rankdir};\n${nodes.map(statementOf).join('')}${arrows.join('')}}\n`;
}
