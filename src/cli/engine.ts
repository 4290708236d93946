import { Option, type Command } from 'commander';
import { getEngine, setEngine, type EngineName } from '../index.js';
import { asAsked } from './failure.js';

/** The option of commands that train or run a net. */
export interface EngineFlag {
  engine?: EngineName;
}

export function defineEngineFlag(command: Command): Command {
  return command.addOption(
    new Option('--engine <name>', 'what computes the layers; TSCAFFE_ENGINE, or caffe, by default').choices([
      'caffe',
      'onednn',
    ]),
  );
}

/** Chooses what computes the nets that are made from now on. */
export function chooseEngine({ engine }: EngineFlag): void {
  asAsked(() => {
    // Without a name, what TSCAFFE_ENGINE says stays, its precision too. A mistake in it is said here.
    if (engine === undefined) getEngine();
    else setEngine(engine);
  });
}
