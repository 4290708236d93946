/** A number that a run has told of an iteration. `iter` counts as Caffe's log does: the updates before it. */
export interface Entry {
  iter: number;
  /** Since the run began; NaN where the log has no times. */
  seconds: number;
  /** `solver` for its loss and its rate, else the net whose output it is: the train net or test net 0, 1, ... */
  of: 'solver' | 'train' | number;
  /** `loss` or `lr` of the solver, or the name of an output. */
  name: string;
  value: number;
}
