import { extname } from 'node:path';
import { Option, type Command } from 'commander';
import { draw, readNet } from '../../index.js';
import { Failure, UsageError } from '../failure.js';

interface Options {
  rankdir: draw.RankDir;
  phase: 'TRAIN' | 'TEST' | 'ALL';
  displayLrm?: true;
}

const endings = ['.svg', '.png', '.dot', '.gv'];

export function define(command: Command): void {
  command
    .argument('<net>', 'the prototxt of the net')
    .argument('<image>', `the file to write: ${endings.join(', ')}`)
    .addOption(new Option('--rankdir <dir>', 'where it begins').choices(['LR', 'RL', 'TB', 'BT']).default('LR'))
    .addOption(new Option('--phase <phase>', 'draw these layers').choices(['TRAIN', 'TEST', 'ALL']).default('ALL'))
    .option('--display-lrm', 'show the learning rate multipliers')
    .addHelpText(
      'after',
      '\nDraws what pycaffe’s draw_net.py draws.\n\n  tscaffe draw lenet.prototxt lenet.svg --phase TEST',
    )
    .action(drawNet);
}

async function drawNet(net: string, image: string, { rankdir, phase, displayLrm }: Options): Promise<void> {
  if (!endings.includes(extname(image).toLowerCase())) {
    throw new UsageError(`${image}: expected a file that ends in ${endings.join(', ')}`);
  }
  const { layer } = readNet(net);
  if (layer.length === 0) throw new Failure(`${net}: has no layers`);
  const layers = phase === 'ALL' ? {} : { phase: phase === 'TRAIN' ? ('train' as const) : ('test' as const) };
  await draw.drawNetToFile(net, image, { rankdir, ...layers, displayLrm: displayLrm ?? false });
}
