import { didYouMean } from '../error/argument.js';
import type { ParamValue, ParamValues } from './param-str.js';

/** `Number`, `String` and `Boolean` declare a parameter without a default: `param_str` must give it. */
type Required = NumberConstructor | StringConstructor | BooleanConstructor;

/**
 * The declaration of one parameter: its default value, or `Number`, `String` or `Boolean` if it has no default. For a
 * list without a default, write the type of its entries in an array: `[Number]`.
 */
export type ParamDeclaration =
  number | string | boolean | Required | readonly number[] | readonly string[] | readonly [Required];

/** The declared parameters of a layer, by name. */
export type ParamDeclarations = Readonly<Record<string, ParamDeclaration>>;

type ValueOf<Declaration> = Declaration extends number | NumberConstructor
  ? number
  : Declaration extends string | StringConstructor
    ? string
    : Declaration extends boolean | BooleanConstructor
      ? boolean
      : Declaration extends readonly (infer Entry)[]
        ? ValueOf<Entry>[]
        : never;

/** The values of the declared parameters, by name. */
export type DeclaredParams<Declarations> = { -readonly [Name in keyof Declarations]: ValueOf<Declarations[Name]> };

type Kind = 'number' | 'string' | 'boolean';

const requiredKinds: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  [Number, 'number'],
  [String, 'string'],
  [Boolean, 'boolean'],
]);

function kindOf(declaration: unknown): Kind {
  return requiredKinds.get(declaration) ?? (typeof declaration as Kind);
}

function expectKind(kind: Kind, value: ParamValue, name: string): void {
  if (typeof value !== kind) {
    throw new TypeError(`Expected a ${kind} for ${name} in param_str but received ${JSON.stringify(value)}`);
  }
}

function declaredValue(declaration: ParamDeclaration, value: ParamValue | undefined, name: string): unknown {
  const entry: unknown = Array.isArray(declaration) ? declaration[0] : declaration;
  if (value === undefined) {
    if (requiredKinds.has(entry))
      throw new TypeError(
        `param_str must give ${name}, a ${Array.isArray(declaration) ? 'list of ' : ''}${kindOf(entry)}`,
      );
    return Array.isArray(declaration) ? [...(declaration as readonly unknown[])] : declaration;
  }
  if (!Array.isArray(declaration)) {
    expectKind(kindOf(entry), value, name);
    return value;
  }
  const values = Array.isArray(value) ? value : [value]; // a repeated field of a prototxt with a single entry
  values.forEach((one, index) => {
    expectKind(kindOf(entry), one, `${name}[${index}]`);
  });
  return values;
}

/**
 * Checks the given parameters against the declarations and fills in the defaults.
 *
 * @throws {TypeError} if a name is not declared, or a value is missing or has the wrong type
 */
export function declaredParams<const Declarations extends ParamDeclarations>(
  declarations: Declarations,
  given: ParamValues,
): DeclaredParams<Declarations> {
  const names = Object.keys(declarations);
  for (const name of Object.keys(given)) {
    if (!names.includes(name))
      throw new TypeError(`param_str has ${name}, which the layer does not know${didYouMean(name, names)}`);
  }
  const values = Object.entries<ParamDeclaration>(declarations).map(([name, declaration]) => [
    name,
    declaredValue(declaration, given[name], name),
  ]);
  return Object.fromEntries(values) as DeclaredParams<Declarations>;
}
