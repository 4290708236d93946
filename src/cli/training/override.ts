import { Type, type Field } from 'protobufjs/light.js';
import { didYouMean } from '../../error/argument.js';
import { parseTree } from '../../lint/prototxt-tree.js';
import { native } from '../../native/load.js';
import { inMessage, inPrototxt } from '../../proto/field-name.js';
import { messageType } from '../../proto/schema.js';
import type { SolverOptions } from '../../index.js';
import { UsageError } from '../failure.js';

type Fields = NonNullable<SolverOptions['override']>;
export type Override = { -readonly [Field in keyof Fields]: Fields[Field] };

/** The field that a path leads to, through messages in messages. */
function fieldAt(type: Type, [first = '', ...rest]: string[]): Field | undefined {
  const field = type.fields[first]?.resolve();
  if (rest.length === 0) return field;
  return field?.resolvedType instanceof Type ? fieldAt(field.resolvedType, rest) : undefined;
}

/** Words may come without the quotes that a prototxt has around them: `lr_policy=step`. */
function quoted(type: string | undefined, value: string): string {
  return type !== 'string' || /^(["'[]).*$/s.test(value) ? value : JSON.stringify(value);
}

/**
 * Reads `--set field=value`: fields of a solver in a prototxt's words. A field of a message is `train_state.level`, a
 * list is `stepvalue=[100, 200]`. Of two for the same field the later one counts.
 *
 * @throws {UsageError} for what is no such field, or no value of it
 */
export function readOverride(settings: readonly string[]): Override {
  const override: Record<string, unknown> = {};
  for (const [field, value] of settings.map(readSetting)) {
    override[field] = isMessage(value) ? { ...(override[field] as object | undefined), ...value } : value;
  }
  return override;
}

function isMessage(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether no number in it is infinite, also by its size, or NaN: a training learns nothing from those. */
function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
}

function readSetting(setting: string): [field: string, value: unknown] {
  const [, path, value] = /^([\w.]+)=(.*)$/s.exec(setting) ?? [];
  if (path === undefined || value === undefined) {
    throw new UsageError(`--set takes FIELD=VALUE, such as base_lr=0.001, not ${JSON.stringify(setting)}`);
  }
  const [field = '', ...inner] = path.split('.');
  const type = messageType('SolverParameter');
  const known = Object.keys(type.fields).map(inPrototxt);
  if (!known.includes(field)) {
    throw new UsageError(`--set ${setting}: a solver has no field ${field}${didYouMean(field, known)}`);
  }
  const name = inMessage(field);
  const text = quoted(fieldAt(type, [field, ...inner].map(inMessage))?.type, value);
  if (parseTree(`value: ${text}`).some(({ name }) => name !== 'value')) {
    throw new UsageError(`--set ${setting}: takes one value`);
  }
  const parsed = native.parseText(
    'SolverParameter',
    [field, ...inner].join(' { ') + `: ${text}` + ' }'.repeat(inner.length),
  );
  if (parsed.error) throw new UsageError(`--set ${setting}: ${parsed.error.message}`);
  const read: unknown = type.toObject(type.decode(parsed.bytes))[name];
  if (!isFinite(read)) throw new UsageError(`--set ${setting}: takes finite numbers`);
  return [name, read];
}
