import { numbers } from './mutation.js';
import type { Random } from './random.js';

type Fields = Record<string, unknown>;

function isMessage(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
}

/** All messages in a message, itself the first, each with the field that it stands in. */
function* messagesIn(message: Fields, field = ''): Generator<{ message: Fields; field: string }> {
  yield { message, field };
  for (const [key, value] of Object.entries(message)) {
    for (const each of Array.isArray(value) ? value : [value]) if (isMessage(each)) yield* messagesIn(each, key);
  }
}

/** What real messages hold: the values of each field, and the fields that stand in a message of each field. */
export class Vocabulary {
  readonly #values = new Map<string, unknown[]>();
  readonly #fields = new Map<string, string[]>();

  constructor(messages: readonly object[]) {
    for (const each of messages) {
      for (const { message, field } of messagesIn(each as Fields)) {
        for (const [key, value] of Object.entries(message)) {
          this.#values.set(key, [...(this.#values.get(key) ?? []), value]);
          this.#fields.set(field, [...(this.#fields.get(field) ?? []), key]);
        }
      }
    }
  }

  /**
   * Replaces, removes, adds, doubles and moves fields of a message in place. What comes of it has the right types, so
   * that it gets past the parser and on to the layers.
   */
  mutate(random: Random, message: object): void {
    random.times(4, () => {
      // A layer is chosen before a field of it: else the many fields of a few would be hit, and never a layer's list of
      // bottoms.
      const { message: chosen, field } = random.pick([...messagesIn(message as Fields)]);
      const keys = Object.keys(chosen);
      if (keys.length === 0 || random.chance(0.15)) this.#add(random, chosen, field);
      else this.#change(random, chosen, random.pick(keys));
    });
  }

  #add(random: Random, message: Fields, field: string): void {
    const known = this.#fields.get(field);
    if (known === undefined) return;
    const key = random.pick(known);
    message[key] = structuredClone(random.pick(this.#values.get(key) ?? []));
  }

  #change(random: Random, message: Fields, key: string): void {
    const value = message[key];
    if (random.chance(0.1)) Reflect.deleteProperty(message, key);
    else if (Array.isArray(value) && value.length > 0 && random.chance(0.7)) this.#changeList(random, value, key);
    else if (typeof value === 'number' && random.chance(0.6)) message[key] = this.#number(random, value);
    else if (typeof value === 'boolean') message[key] = !value;
    else message[key] = structuredClone(random.pick(this.#values.get(key) ?? [value]));
  }

  #changeList(random: Random, list: unknown[], key: string): void {
    const at = random.int(list.length);
    const other = random.pick(this.#values.get(key) ?? []) as unknown[];
    switch (random.int(5)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        list.splice(random.int(list.length + 1), 0, structuredClone(list[at]));
        break;
      case 2:
        list.push(...list.splice(at, 1));
        break;
      case 3:
        if (typeof list[at] === 'number') list[at] = this.#number(random, list[at]);
        else list[at] = structuredClone(random.pick(other.length > 0 ? other : list));
        break;
      default:
        if (other.length > 0) list.splice(at, 0, structuredClone(random.pick(other)));
    }
  }

  #number(random: Random, value: number): number {
    if (random.chance(0.4)) return value + random.pick([-1, 1, 2]);
    return random.pick(numbers.filter((number) => Number.isInteger(number) === Number.isInteger(value)));
  }
}
