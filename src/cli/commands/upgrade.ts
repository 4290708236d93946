import type { Command } from 'commander';
import { Reader } from 'protobufjs/light.js';
import { writeFileAside } from '../../file/aside.js';
import { readNet, readSolver, toPrototxt } from '../../index.js';
import { native } from '../../native/load.js';
import { kindOfText } from '../../proto/kind-of-text.js';
import { messageType } from '../../proto/schema.js';
import { readFile } from '../../proto/source.js';
import { Failure } from '../failure.js';
import { withoutWarnings } from '../old-formats.js';

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
  const bytes = readFile(old);
  writeFileAside(
    path,
    withoutWarnings(() => upgraded(old, bytes)),
  );
}

function upgraded(file: string, bytes: Uint8Array): Uint8Array {
  // No text has these bytes, and the lengths of layers are among them.
  if (bytes.some((byte) => byte < 0x09)) return upgradedWeights(file, bytes);
  const text = Buffer.from(bytes).toString();
  if (kindOfText(text) === 'SolverParameter') {
    return Buffer.from(toPrototxt(readSolver({ text, file }), 'SolverParameter'));
  }
  const net = readNet({ text, file });
  if (net.layer.length === 0) throw holdsNothing(file);
  return Buffer.from(toPrototxt(net, 'NetParameter'));
}

function upgradedWeights(file: string, bytes: Uint8Array): Uint8Array {
  let weights: Uint8Array;
  try {
    weights = native.upgrade('NetParameter', bytes, file);
  } catch (cause) {
    throw holdsNothing(file, cause);
  }
  if (!hasLayers(weights)) throw holdsNothing(file);
  return weights;
}

const holdsNothing = (file: string, cause?: unknown): Failure =>
  new Failure(`${file}: holds no net, no solver and no trained weights`, { cause });

/** Other messages, such as a mean image, read as a net without layers. */
function hasLayers(net: Uint8Array): boolean {
  const number = messageType('NetParameter').fields['layer']?.id;
  const reader = Reader.create(net);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === number) return true;
    reader.skipType(tag & 7);
  }
  return false;
}
