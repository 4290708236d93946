import type { NativeTransfer } from '../../typings/native.js';

/** Copies between host and GPU that have one cause. */
export interface Transfer {
  /** The layer that was running. Undefined outside of layers. */
  layer?: string;
  /**
   * What the layer was doing. `prefetch` is a data layer's thread that copies its next batch in advance. Undefined
   * outside of layers, such as in a read of a blob, an update or a save.
   */
  during?: 'forward' | 'backward' | 'setup' | 'reshape' | 'prefetch';
  /**
   * The blob whose values were copied. For a learnable blob it is `params[i]`, or `<layer>.params[i]` outside of
   * layers. Undefined for a buffer that belongs to the layer.
   */
  blob?: string;
  /** Whether the data or the diff of `blob` was copied. Undefined without `blob`. */
  values?: 'data' | 'diff';
  /** `toDevice` is from the host to the GPU, `toHost` the other way. */
  direction: 'toDevice' | 'toHost';
  /** How many bytes all these copies moved. */
  bytes: number;
  /** How many copies there were. */
  copies: number;
}

function transferOf(
  { layer, during, blob, values, direction, bytes, copies }: NativeTransfer,
  layerNames: readonly string[],
): Transfer {
  return {
    ...(layer >= 0 ? { layer: layerNames[layer] ?? '' } : {}),
    ...(during === '' ? {} : { during }),
    ...(blob === '' ? {} : { blob }),
    ...(values === '' ? {} : { values }),
    direction,
    bytes,
    copies,
  };
}

/** The copies between host and GPU for a net, from `net.transfers()`. It prints as a table. */
export class Transfers {
  /** The copies, one entry for each cause. */
  readonly causes: readonly Transfer[];

  /** @internal */
  constructor(counts: readonly NativeTransfer[], layerNames: readonly string[]) {
    this.causes = counts.map((count) => transferOf(count, layerNames));
  }

  /** Bytes copied from the host to the GPU. */
  get toDevice(): number {
    return this.#sum('toDevice');
  }

  /** Bytes copied from the GPU to the host. Each of these copies waits for the GPU. */
  get toHost(): number {
    return this.#sum('toHost');
  }

  #sum(direction: Transfer['direction']): number {
    return this.causes.reduce((sum, cause) => sum + (cause.direction === direction ? cause.bytes : 0), 0);
  }

  /** Formats a table with one row for each cause. */
  toString(): string {
    const rows = this.causes.map(({ layer = '-', during = '-', blob, values, direction, bytes, copies }) => [
      layer,
      during,
      blob === undefined ? '-' : `${blob}.${values ?? ''}`,
      direction,
      String(bytes),
      String(copies),
    ]);
    rows.unshift(['layer', 'during', 'values', 'direction', 'bytes', 'copies']);
    const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
    return rows
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n');
  }
}
