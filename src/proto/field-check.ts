import leven from 'leven';
import { Enum, Type } from 'protobufjs/light.js';

function nearest(name: string, known: string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(2, name.length / 3) ? `; did you mean ${best.candidate}?` : '';
}

/**
 * Refuses what protobufjs would drop without a word: a field that the message has not, and an enum value that the enum has not.
 *
 * @param path - where the message is, for the error
 */
export function checkFields(type: Type, message: object, path: string): void {
  for (const [name, value] of Object.entries(message) as [string, unknown][]) {
    const field = type.fields[name];
    if (field === undefined) {
      throw new TypeError(`${path} has no field ${name}${nearest(name, Object.keys(type.fields))}`);
    }
    if (value === undefined || value === null) continue;
    field.resolve();
    const entries: unknown[] = field.repeated && Array.isArray(value) ? value : [value];
    if (field.repeated && !Array.isArray(value) && !ArrayBuffer.isView(value)) {
      throw new TypeError(`${path}.${name}: expected an array, the field is repeated`);
    }
    entries.forEach((entry, index) => {
      const place = field.repeated ? `${path}.${name}[${index}]` : `${path}.${name}`;
      const { resolvedType } = field;
      if (resolvedType instanceof Type) {
        if (typeof entry !== 'object' || entry === null)
          throw new TypeError(`${place}: expected a ${resolvedType.name} object`);
        checkFields(resolvedType, entry, place);
      } else if (resolvedType instanceof Enum && typeof entry === 'string' && !(entry in resolvedType.values)) {
        throw new TypeError(
          `${place}: ${resolvedType.name} has no value ${entry}${nearest(entry, Object.keys(resolvedType.values))}`,
        );
      }
    });
  }
}
