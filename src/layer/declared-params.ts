import { inAnyCopy } from '../copies/any-copy.js';
import { didYouMean } from '../error/argument.js';
import type { ParamValue, ParamValues } from './param-literal.js';

/** `Number`, `String` and `Boolean` declare a parameter without a default: `param_str` must give it. */
type Required = NumberConstructor | StringConstructor | BooleanConstructor;

/** The declaration that {@link optional} makes. */
export class Optional<Declaration extends ParamDeclaration = ParamDeclaration> {
  /** The declaration of the value, if there is one. */
  readonly of: Declaration;

  /** @internal */
  constructor(of: Declaration) {
    this.of = of;
  }

  static {
    inAnyCopy(Optional, 'Optional');
  }
}

/**
 * Declares a parameter that may be left out, or be `None`. It is then undefined.
 *
 * @param declaration - that of the value: `optional(Number)`, `optional([Number])`
 */
export function optional<const Declaration extends ParamDeclaration>(declaration: Declaration): Optional<Declaration> {
  return new Optional(declaration);
}

/**
 * The declaration of one parameter: its default value, or `Number`, `String` or `Boolean` if it has no default.
 *
 * - A list: an array of defaults, or the declaration of its entries in an array: `[Number]`, `[[Number]]`,
 *   `[{ name: String, size: 1 }]`. It has no default if such an entry has none.
 * - A dictionary: an object with the declaration of each of its parameters.
 * - `optional(...)`: a parameter that may be left out or be `None`.
 */
export type ParamDeclaration =
  | number
  | string
  | boolean
  | Required
  | Optional
  | readonly ParamDeclaration[]
  | { readonly [name: string]: ParamDeclaration };

/** The declared parameters of a layer, by name. */
export type ParamDeclarations = Readonly<Record<string, ParamDeclaration>>;

/** A declaration of which nothing is known ends the recursion. */
type ValueOf<Declaration> = [ParamDeclaration] extends [Declaration] ? ParamValue | undefined : KnownValue<Declaration>;

type KnownValue<Declaration> = Declaration extends number | NumberConstructor
  ? number
  : Declaration extends string | StringConstructor
    ? string
    : Declaration extends boolean | BooleanConstructor
      ? boolean
      : Declaration extends Optional<infer Value>
        ? ValueOf<Value> | undefined
        : Declaration extends readonly (infer Entry)[]
          ? ValueOf<Entry>[]
          : { -readonly [Name in keyof Declaration]: ValueOf<Declaration[Name]> };

/** The values of the declared parameters, by name. */
export type DeclaredParams<Declarations> = { -readonly [Name in keyof Declarations]: ValueOf<Declarations[Name]> };

type Kind = 'number' | 'string' | 'boolean';

const requiredKinds: ReadonlyMap<unknown, Kind> = new Map<unknown, Kind>([
  [Number, 'number'],
  [String, 'string'],
  [Boolean, 'boolean'],
]);

function isList(declaration: unknown): declaration is readonly ParamDeclaration[] {
  return Array.isArray(declaration);
}

function isDictionary(declaration: ParamDeclaration): declaration is ParamDeclarations {
  return typeof declaration === 'object' && !isList(declaration) && !(declaration instanceof Optional);
}

/** What a value of this declaration is, in words. */
function kindOf(declaration: ParamDeclaration | undefined): string {
  if (declaration instanceof Optional) return kindOf(declaration.of);
  if (isList(declaration)) return `list of ${kindOf(declaration[0])}`;
  if (typeof declaration === 'object') return 'dictionary';
  return requiredKinds.get(declaration) ?? typeof declaration;
}

/** Whether a list or its entries have no default. */
function mustBeGiven(declaration: ParamDeclaration | undefined): boolean {
  if (declaration === undefined || declaration instanceof Optional) return false;
  if (isList(declaration)) return mustBeGiven(declaration[0]);
  return isDictionary(declaration) ? Object.values(declaration).some(mustBeGiven) : requiredKinds.has(declaration);
}

function expectKind(declaration: ParamDeclaration, value: ParamValue, name: string): ParamValue {
  const kind = kindOf(declaration);
  const given = typeof value === 'object' && value !== null && !isList(value) ? 'dictionary' : typeof value;
  if (given === kind) return value;
  throw new TypeError(`Expected a ${kind} for ${name} in param_str but received ${JSON.stringify(value)}`);
}

/** What there is where `param_str` says nothing. */
function defaultOf(declaration: ParamDeclaration, name: string): unknown {
  if (declaration instanceof Optional) return undefined;
  if (isDictionary(declaration)) return declaredFields(declaration, {}, `${name}.`);
  if (mustBeGiven(declaration)) throw new TypeError(`param_str must give ${name}, a ${kindOf(declaration)}`);
  return isList(declaration) ? declaration.map((entry, index) => defaultOf(entry, `${name}[${index}]`)) : declaration;
}

function declaredValue(declaration: ParamDeclaration, value: ParamValue | undefined, name: string): unknown {
  if (value === undefined) return defaultOf(declaration, name);
  if (declaration instanceof Optional) return value === null ? undefined : declaredValue(declaration.of, value, name);
  if (isList(declaration)) {
    const [entry] = declaration;
    const values = Array.isArray(value) ? value : [value]; // a repeated field of a prototxt with a single entry
    return values.map((one, index) => (entry === undefined ? one : declaredValue(entry, one, `${name}[${index}]`)));
  }
  const given = expectKind(declaration, value, name);
  return isDictionary(declaration) ? declaredFields(declaration, given as ParamValues, `${name}.`) : given;
}

/** @param path - what stands before the names in errors */
function declaredFields(declarations: ParamDeclarations, given: ParamValues, path: string): Record<string, unknown> {
  const names = Object.keys(declarations);
  for (const name of Object.keys(given)) {
    if (names.includes(name)) continue;
    throw new TypeError(`param_str has ${path}${name}, which the layer does not know${didYouMean(name, names)}`);
  }
  const values = Object.entries(declarations).map(([name, declaration]) => [
    name,
    declaredValue(declaration, Object.hasOwn(given, name) ? given[name] : undefined, path + name),
  ]);
  return Object.fromEntries(values) as Record<string, unknown>;
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
  return declaredFields(declarations, given, '') as DeclaredParams<Declarations>;
}
