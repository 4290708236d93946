/**
 * `wall` is what a user waits for; other work on the machine adds to it. `cpu` is the time that the process itself
 * computed, user and system, all its threads together.
 */
export type Clock = 'wall' | 'cpu' | 'memory';

export const clocks: readonly Clock[] = ['wall', 'cpu', 'memory'];

/**
 * What one trial, or one of its rounds, measured, by clock and by quantity: nanoseconds of wall or CPU time for one
 * repetition, or bytes of memory.
 */
export type Trial = Partial<Record<Clock, Record<string, number>>>;
