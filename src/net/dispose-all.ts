/**
 * Disposes of each, whatever the others throw.
 *
 * @throws what one of them has thrown, as it was thrown; an AggregateError if several have
 * @internal
 */
export function disposeAll(all: Iterable<{ dispose?(): void }>): void {
  const thrown: unknown[] = [];
  for (const one of all) {
    try {
      one.dispose?.();
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
