import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { CollectionTag, ScalarTag, YAMLMap, YAMLSeq } from 'yaml';
import { readLiteral, type ParamValue, type ParamValues } from './param-literal.js';

let yaml: typeof Yaml | undefined;

/** Loaded when a first text needs it: loading takes longer than building a net. */
function load(): typeof Yaml {
  return (yaml ??= createRequire(import.meta.url)('yaml') as typeof Yaml);
}

const named = (name: string): string => `tag:yaml.org,2002:python/${name}`;

/** A scalar without quotes that YAML would take for a string, and Python for something else. */
function plain(test: RegExp): ScalarTag {
  return { tag: named('literal'), default: true, test, resolve: readLiteral };
}

function collection(name: string, kind: 'seq' | 'map'): CollectionTag {
  return { tag: named(name), collection: kind, resolve: (values: YAMLMap | YAMLSeq) => values };
}

function scalar(name: string, resolve: (text: string) => unknown): ScalarTag {
  return { tag: named(name), resolve };
}

/** What PyYAML adds to YAML for values of Python; other tags of Python make objects, and are refused. */
const tags = [
  plain(/^None$/),
  plain(/^[uU](?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')$/),
  plain(/^\(.*\)$/),
  collection('tuple', 'seq'),
  collection('list', 'seq'),
  collection('dict', 'map'),
  scalar('unicode', String),
  scalar('str', String),
  scalar('int', Number),
  scalar('float', Number),
  scalar('bool', (text) => /^true$/i.test(text)),
  scalar('none', () => null),
];

/** Objects without a prototype, so that no name is there but those of the text. */
function valueOf(value: unknown): ParamValue {
  if (Array.isArray(value)) return value.map(valueOf);
  if (!(value instanceof Map)) return value as ParamValue;
  const fields = Object.create(null) as ParamValues;
  for (const [name, field] of value) fields[String(name)] = valueOf(field);
  return fields;
}

/** Reads a YAML mapping, as PyYAML writes it. Returns undefined for any other text. */
export function readYaml(text: string): ParamValues | undefined {
  const document = load().parseDocument(text, { customTags: tags, logLevel: 'silent' });
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  const values: unknown = document.toJS({ mapAsMap: true });
  return values instanceof Map ? (valueOf(values) as ParamValues) : undefined;
}
