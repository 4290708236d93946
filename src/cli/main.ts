#!/usr/bin/env node
// The command `tscaffe`. Each command is a file of its own in commands/, and is loaded when it is asked for: `setup`
// must run before there is an addon.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { systemReason } from '../error/system-reason.js';
import { commands, type CommandName, type Definition } from './commands.js';
import { Failure, report } from './failure.js';
import { inTwoDashes } from './flags.js';

const root = new URL('../../', import.meta.url);

/** Loads a command, and with it the addon, which only `setup` does without. */
async function load(name: CommandName): Promise<Definition> {
  try {
    return await commands[name].load();
  } catch (cause) {
    const message = (cause as Error).message.replace(/^tscaffe: /, '');
    // The addon's own error says what helps; that of a file which is not there does not.
    throw new Failure(message.includes('What helps:') ? message : `${message}\nrun: npx tscaffe setup`, { cause });
  }
}

async function build(asked: CommandName | undefined): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
  const program = new Command('tscaffe')
    .description("Caffe's tools as one command. `tscaffe COMMAND --help` tells of one.")
    .version(version)
    .exitOverride()
    .configureHelp({ showGlobalOptions: false })
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'tscaffe: '));
      },
    })
    .showSuggestionAfterError();
  for (const [name, { about }] of Object.entries(commands)) {
    const command = program.command(name).description(about);
    if (name !== asked) continue;
    const definition = await load(asked);
    definition.define(command);
  }
  return program;
}

/** The command that is asked for, also with an underscore, as Caffe's tool spells it: `device_query`. */
function commandIn(words: string[]): CommandName | undefined {
  const at = words[0] === 'help' ? 1 : 0;
  const name = words[at]?.replaceAll('_', '-');
  if (name === undefined || !Object.hasOwn(commands, name)) return undefined;
  words[at] = name;
  return name as CommandName;
}

// A reader that has seen enough (`| head`) is no reason to end a training; a full disk is, for results are lost.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    process.exit(report(new Failure(`standard output cannot be written: ${systemReason(error)}`), undefined));
  }
});
// There is nowhere to say it.
process.stderr.on('error', () => undefined);

const words = process.argv.slice(2);
const asked = commandIn(words);
try {
  const program = await build(asked);
  if (words.length === 0) program.help({ error: true });
  await program.parseAsync(inTwoDashes(words), { from: 'user' });
} catch (error) {
  // commander has said what is wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = report(error, asked);
}
