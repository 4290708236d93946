import { Option, type Command } from 'commander';
import { defineEngineFlag } from '../engine.js';
import { defineNetFlags, gather, list, wholeNumber } from '../flags.js';
import { effects, type Effect } from '../training/signals.js';
import { train } from '../training/training.js';

export function define(command: Command): void {
  defineEngineFlag(
    defineNetFlags(
      command
        .requiredOption('--solver <file>', 'the prototxt of the solver')
        .option('--snapshot <file>', 'go on from this .solverstate; auto: from the newest whole one, if there is any')
        .option('--weights <files>', 'begin with these weights: caffemodels, separated by commas', list)
        .option(
          '--set <field=value>',
          'change a field of the solver: base_lr=0.001; may be given several times',
          gather,
        ),
    ),
  )
    .addOption(effectOf('SIGINT', 'stop'))
    .addOption(effectOf('SIGHUP', 'snapshot'))
    .option('--watch', 'load layers in TypeScript anew when their files change; weights and iteration stay')
    .option('--keep-best <output>', 'keep the weights with the best test result: accuracy, loss, or error:min')
    .option('--early-stopping <output>', 'stop when this test result gets better no more')
    .option(
      '--patience <n>',
      'how many tests in a row early stopping lets pass without a better one (5)',
      wholeNumber(0),
    )
    .option('--ui [port]', 'show the training in the browser, and steer it there; on any free port', wholeNumber(0))
    .option('--ui-host <address>', 'where --ui listens (127.0.0.1); with another one, other machines may look')
    .option('--ui-read-only', 'the page of --ui shows, and steers nothing')
    .option('--log <file>', "write Caffe's log to this file")
    .option('--csv <file>', 'write a row for each iteration and test')
    .option('--json', 'print a JSON object a line: losses as often as `display` says, tests, snapshots, the end')
    .addHelpText('after', help)
    .action(train);
}

const effectOf = (signal: 'SIGINT' | 'SIGHUP', effect: Effect): Option =>
  new Option(`--${signal.toLowerCase()}-effect <effect>`, `what ${signal} does after the iteration at hand`)
    .choices(effects)
    .default(effect);

const help = `
Trains up to max_iter, with the tests and snapshots that the solver asks for: the numbers and the files of \`caffe
train\`. Ctrl-C ends the iteration at hand, takes a snapshot and says how to go on; a second one ends at once.

  tscaffe train --solver lenet_solver.prototxt
  tscaffe train --solver lenet_solver.prototxt --snapshot auto --log train.log
  tscaffe train --solver lenet_solver.prototxt --ui
  tscaffe train --solver lenet_solver.prototxt --weights lenet.caffemodel --set base_lr=0.001 --set max_iter=500
  tscaffe train --solver lenet_solver.prototxt --keep-best accuracy --early-stopping accuracy --patience 10`;
