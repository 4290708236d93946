import type { Random } from './random.js';

/** Something that is fed with mutated input. It may throw any error that is worth showing to a user. */
export type Target = (random: Random) => void | Promise<void>;
