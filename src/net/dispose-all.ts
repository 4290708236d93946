import { expectNoPromise } from '../error/no-promise.js';

/**
 * Calls `dispose` of each object, even if another one throws.
 *
 * @throws the error as it was thrown, if one object throws; an AggregateError if several do
 * @internal
 */
export function disposeAll(all: Iterable<{ dispose?(): void }>): void {
  const thrown: unknown[] = [];
  for (const one of all) {
    try {
      expectNoPromise('dispose', one.dispose?.(), 'whatever it frees must be free when it returns');
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length === 1) throw thrown[0];
  if (thrown.length > 1)
    throw new AggregateError(
      thrown,
      `${thrown.length} layers or nets threw in dispose; \`errors\` holds what they threw`,
    );
}
