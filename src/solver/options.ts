export interface AsyncOptions {
  signal?: AbortSignal;
}

export interface RestoreOptions {
  /**
   * Whether the data sources of the nets ({@link dataSource}) go on where they were when the snapshot was taken, as they do by default. With
   * false they begin at their first samples.
   */
  sources?: boolean;
}

export interface TrainOptions extends AsyncOptions {
  /** How many in all; by default up to `max_iter`. */
  iterations?: number;
  /** How many between two reports, 1 by default. */
  every?: number;
}
