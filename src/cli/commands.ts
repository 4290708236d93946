import type { Command } from 'commander';

/** What a file in commands/ exports: gives the command its options, and what it does. */
export interface Definition {
  define(command: Command): void;
}

/** All commands, in the order in which help lists them. A new one is a file in commands/ and a line here. */
export const commands = {
  setup: {
    about: 'Get libcaffe and build the addon; once, after installation',
    load: () => import('./commands/setup.js'),
  },
  init: { about: 'Make a project that trains and tests at once', load: () => import('./commands/init.js') },
  train: { about: 'Train, or go on training, as a solver says', load: () => import('./commands/train.js') },
  test: { about: 'Score weights on the test net of a model', load: () => import('./commands/test.js') },
  time: { about: 'Measure how long each layer of a model takes', load: () => import('./commands/time.js') },
  'convert-imageset': {
    about: 'Write images and labels to a database',
    load: () => import('./commands/convert-imageset.js'),
  },
  'compute-image-mean': {
    about: 'Write the mean of the images of a database',
    load: () => import('./commands/compute-image-mean.js'),
  },
  'extract-features': {
    about: 'Store what blobs of a net hold: in a database, HDF5 or .npy',
    load: () => import('./commands/extract-features.js'),
  },
  db: { about: 'Show, count and check the records of a database', load: () => import('./commands/db.js') },
  summary: {
    about: 'Show the layers of a net: shapes, parameters, multiply-adds, memory, times',
    load: () => import('./commands/summary.js'),
  },
  draw: { about: 'Draw a net, as SVG, PNG or DOT', load: () => import('./commands/draw.js') },
  lint: { about: 'Find mistakes in nets and solvers', load: () => import('./commands/lint.js') },
  upgrade: {
    about: 'Write a net, a solver or weights of an old format in the current one',
    load: () => import('./commands/upgrade.js'),
  },
  diff: { about: 'Compare two nets or solvers, by layers and fields', load: () => import('./commands/diff.js') },
  weights: { about: 'Show and compare what files of weights hold', load: () => import('./commands/weights.js') },
  plot: {
    about: 'Plot losses, test outputs and rates out of logs, as SVG, PNG or in the terminal',
    load: () => import('./commands/plot.js'),
  },
  ui: { about: 'Show runs that are over in the browser', load: () => import('./commands/ui.js') },
  'parse-log': { about: 'Write the outputs in a log as CSV', load: () => import('./commands/parse-log.js') },
  export: { about: 'Write a net with its weights as ONNX', load: () => import('./commands/export.js') },
  mpirun: {
    about: 'Run a command as several processes that train together',
    load: () => import('./commands/mpirun.js'),
  },
  'device-query': { about: 'Show the GPUs', load: () => import('./commands/device-query.js') },
} as const satisfies Record<string, { about: string; load: () => Promise<Definition> }>;

export type CommandName = keyof typeof commands;
