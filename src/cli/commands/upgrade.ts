import type { Command } from 'commander';
import { writeFileAside } from '../../file/aside.js';
import { readNet, readSolver, toPrototxt } from '../../index.js';
import { native } from '../../native/load.js';
import { kindOfText } from '../../proto/kind-of-text.js';
import { readFile } from '../../proto/source.js';

export function define(command: Command): void {
  command
    .argument('<old>', 'a net or a solver as text, or trained weights')
    .argument('<new>', 'the file to write; it may be the same')
    .addHelpText(
      'after',
      `
Writes a file of an old format (V0, V1, solver_type) in the current one: what upgrade_net_proto_text,
upgrade_net_proto_binary and upgrade_solver_proto_text do. Comments of a text are lost.

  tscaffe upgrade alexnet_2013.prototxt alexnet.prototxt`,
    )
    .action(upgrade);
}

function upgrade(old: string, path: string): void {
  writeFileAside(path, upgraded(old, readFile(old)));
}

function upgraded(file: string, bytes: Uint8Array): Uint8Array {
  // No text has these bytes, and the lengths of layers are among them.
  if (bytes.some((byte) => byte < 0x09)) return native.upgrade('NetParameter', bytes, file);
  const text = Buffer.from(bytes).toString();
  return Buffer.from(
    kindOfText(text) === 'SolverParameter'
      ? toPrototxt(readSolver({ text, file }), 'SolverParameter')
      : toPrototxt(readNet({ text, file }), 'NetParameter'),
  );
}
