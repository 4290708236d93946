import { readFileSync } from 'node:fs';
import test from 'ava';
import protobuf from 'protobufjs';

interface Script {
  layerTypings: (root: protobuf.Root, types: string[], fillers: string[]) => string;
}

const { layerTypings } = (await import(new URL('../../scripts/layer-types.js', import.meta.url).href)) as Script;

/** What the build writes for a library whose schema has more than the linked one's. */
function typingsOfFork(types: string[], fillers: string[]): string {
  const stock = readFileSync(new URL('../../typings/generated/caffe.proto', import.meta.url), 'utf8');
  const fork = stock.replace(
    'message LayerParameter {',
    'message LayerParameter {\n  optional .caffe.ROIPoolingParameter roi_pooling_param = 8266711;',
  ).concat(`message ROIPoolingParameter {
      enum Mode { EXACT = 0; FAST = 1; }
      message Window { optional float left = 1; }
      optional Mode mode = 1 [default = FAST];
      repeated uint32 pooled_size = 2;
      repeated Window window = 3;
      optional string top = 4 [default = "roi"];
    }`);
  return layerTypings(protobuf.parse(fork).root, types, fillers);
}

test('A fork with a layer of its own has typed fields for it', (t) => {
  const typings = typingsOfFork(['ROIPooling', 'Soft-Argmax', 'ReLU'], ['constant', 'orthogonal']);
  const fields = [
    'export interface ROIPoolingParameter {',
    '  /** `mode`. FAST by default. */',
    "  mode?: 'EXACT' | 'FAST' | caffe.ROIPoolingParameter.Mode | undefined;",
    '  /** `pooled_size`. */',
    '  pooledSize?: Numbers | undefined;',
    '  /** `window`. */',
    '  window?: Repeated<ROIPoolingParameterWindow> | undefined;',
    '  /** `top`. roi by default. */',
    '  top?: string | undefined;',
    '}',
  ];
  t.true(typings.includes(fields.join('\n')));
  const window = [
    'export interface ROIPoolingParameterWindow {',
    '  /** `left`. */',
    '  left?: number | undefined;',
    '}',
  ];
  t.true(typings.includes(window.join('\n')));
  t.true(typings.includes('  roiPoolingParam?: ROIPoolingParameter | undefined;'));
  const values =
    /readonly ROIPooling: \{\n {4}\/\*\*.*\*\/\n {4}readonly EXACT: caffe\.ROIPoolingParameter\.Mode\.EXACT;/;
  t.regex(typings, values);
});

test('The layer types are those that the registry of the library has', (t) => {
  const [, list] =
    /export interface LayerTypes \{\n([^}]*)\}/.exec(typingsOfFork(['ROIPooling', 'Soft-Argmax', 'ReLU'], [])) ?? [];
  // ROIPooling's own `top` goes before the one that every layer has.
  const expected = [
    '  /** A layer of type ROIPooling. */',
    "  ROIPooling: ROIPoolingParameter & Omit<LayerFields, 'top'>;",
    '  /** A layer of type Soft-Argmax. */',
    "  'Soft-Argmax': LayerFields;",
    '  /** x where it is positive, and zero, or a slope times x, elsewhere. */',
    '  ReLU: ReLUParameter & LayerFields;',
    '',
  ];
  t.is(list, expected.join('\n'));
});

test('The fillers are those of GetFiller; any goes where its source could not be read', (t) => {
  t.regex(
    typingsOfFork([], ['constant', 'orthogonal']),
    /type\?: 'constant' \| 'orthogonal' \| \(string & Record<never, never>\) \| undefined;/,
  );
  t.regex(
    typingsOfFork([], []),
    /interface FillerParameter \{\n {2}\/\*\* The kind of filler\. constant by default\. \*\/\n {2}type\?: string \| undefined;/,
  );
});
