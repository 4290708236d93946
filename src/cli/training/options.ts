import type { EngineFlag } from '../engine.js';
import type { NetFlags } from '../flags.js';
import type { Effect } from './signals.js';

/** The options of `train`, as commander reads them. */
export interface TrainOptions extends NetFlags, EngineFlag {
  solver: string;
  snapshot?: string;
  weights?: string[];
  sigintEffect: Effect;
  sighupEffect: Effect;
  set?: string[];
  watch?: true;
  keepBest?: string;
  earlyStopping?: string;
  patience?: number;
  log?: string;
  csv?: string;
  json?: true;
  /** The port, or true for any. */
  ui?: number | true;
  uiHost?: string;
  uiReadOnly?: true;
}
