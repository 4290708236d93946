// Every public name of pycaffe (names.json; generate.py writes it) is here in camelCase or as said below, and in
// docs/from-pycaffe.md.
import { readFileSync } from 'node:fs';
import test from 'ava';
import * as tscaffe from 'tscaffe';

const names = JSON.parse(readFileSync(new URL('names.json', import.meta.url), 'utf8')) as Record<string, string[]>;
/** The rows of the page's tables: what is in code in the first column, and the second. */
const rows = [...readFileSync('docs/from-pycaffe.md', 'utf8').matchAll(/^\|([^|]*)\|([^|]*)\|/gm)];
const listed = rows.map(([, first]) => [...first.matchAll(/`[^`]+`/g)].join(' ')).join(' ');
const instead = rows.map(([, , second]) => second.replaceAll('`', '')).join('\n');

const text = `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }
  layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" inner_product_param { num_output: 1 weight_filler { type: "xavier" } } }`;
const net = new tscaffe.Net({ text }, 'train');
const solver = new tscaffe.SGDSolver({ text: `base_lr: 1 lr_policy: "fixed" net_param { ${text} }` });

/** What a name of pycaffe's is looked for in. */
const places: Record<string, object> = {
  caffe: tscaffe,
  Net: net,
  Classifier: tscaffe.Classifier.prototype,
  Detector: tscaffe.Detector.prototype,
  Blob: new tscaffe.Blob(1),
  Layer: net.layerDict['ip'],
  SGDSolver: solver,
  SolverParameter: solver.param,
  Timer: new tscaffe.Timer(),
  BlobVec: [],
  Transformer: tscaffe.io.Transformer.prototype,
  io: tscaffe.io,
  draw: tscaffe.draw,
  coord_map: tscaffe.coordMap,
  net_spec: tscaffe,
};

/** What has another name, or is not a thing of its own. */
const otherwise: Record<string, string> = {
  'caffe.TRAIN': "'train'",
  'caffe.TEST': "'test'",
  'caffe.set_mode_cpu': 'setMode',
  'caffe.set_mode_gpu': 'setMode',
  'caffe.init_log': 'onLog',
  'caffe.layer_type_list': 'layerTypes',
  'caffe.proto': 'readNet',
  'caffe.NCCL': 'none',
  'caffe.pycaffe': 'all from tscaffe',
  'caffe.classifier': 'all from tscaffe',
  'caffe.detector': 'all from tscaffe',
  'caffe.net_spec': 'all from tscaffe',
  'Net.layers': 'layerDict',
  'Net.load_hdf5': 'loadHDF5',
  'Net.save_hdf5': 'saveHDF5',
  'BlobVec.add_blob': 'addBlob',
  'BlobVec.append': 'arrays',
  'BlobVec.extend': 'arrays',
  'draw.get_pydot_graph': 'getDotGraph',
  'net_spec.Function': 'none',
  'net_spec.Layers': 'none',
  'net_spec.Parameters': 'none',
  'net_spec.assign_proto': 'none',
  'net_spec.param_name_dict': 'none',
};

const camelCase = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

for (const [owner, members] of Object.entries(names)) {
  test(`docs/from-pycaffe.md lists what pycaffe's ${owner} has, and it is here`, (t) => {
    for (const name of members) {
      t.true(new RegExp(String.raw`\b${name}\b`).test(listed), `${owner}.${name} is not on the page`);
      const other = otherwise[`${owner}.${name}`];
      if (other === undefined) t.true(camelCase(name) in places[owner], `${owner} has no ${camelCase(name)}`);
      else t.true(instead.includes(other), `${other} is not on the page`);
    }
  });
}
