import type { LayerParameter } from '../proto/schema.js';
import type { Top } from './top.js';

/** A layer as one of the functions of {@link layers} made it: without a name, and with tops instead of their names. */
export interface LayerCall {
  readonly type: string;
  readonly bottoms: readonly Top[];
  readonly ntop: number;
  /** What names it: its tops, or its {@link Sink} if `ntop` is 0. */
  readonly tops: readonly Top[];
  readonly inPlace: boolean;
  /** Its fields of LayerParameter, all but the type and the names. */
  readonly message: Readonly<LayerParameter>;
}
