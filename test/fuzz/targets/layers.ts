// Nets of random stock layers, run as no program should run them. Each target is one kind of misuse.
import { Blob, Net, setRandomSeed } from 'tscaffe';
import { fillData, fillDiffs, otherShape, spoil, write, type Numbers } from '../fillings.js';
import type { Random } from '../random.js';
import { isSmall } from '../small.js';
import { stockNet } from '../stock-net.js';
import type { Target } from '../target.js';
import { Attempts, did } from '../trail.js';

/** A net in a case: its calls, each tried, told and survived. */
class Patient {
  readonly random: Random;
  readonly net: Net;
  readonly attempts: Attempts;
  readonly #numbers: Numbers;
  /** Arrays that earlier calls returned: what they show must stay readable. */
  readonly #kept: Float32Array[] = [];

  constructor(random: Random, net: Net, attempts: Attempts, numbers: Numbers) {
    this.random = random;
    this.net = net;
    this.attempts = attempts;
    this.#numbers = numbers;
  }

  get blobs(): Blob[] {
    return Object.values(this.net.blobs);
  }

  get params(): Blob[] {
    return Object.values(this.net.params).flat();
  }

  /** @returns whether it could */
  async forward(): Promise<boolean> {
    const inputs = this.net.inputs.map((name) => this.net.blobs[name]);
    const filled = await this.attempts.make('fill the inputs', () => {
      fillData(this.random, inputs, this.#numbers);
    });
    return filled && (await this.#run('forward'));
  }

  async backward(): Promise<boolean> {
    const filled = await this.attempts.make('fill the diffs', () => {
      fillDiffs(this.random, this.blobs);
    });
    return filled && (await this.#run('backward'));
  }

  async #run(pass: 'forward' | 'backward'): Promise<boolean> {
    const name = this.random.chance(0.1) ? (`${pass}Async` as const) : pass;
    return this.attempts.make(name, async () => {
      this.#kept.push(...Object.values(await this.net[name]()));
    });
  }

  /** Without a blob or a call to make, nothing. */
  async change(what: string, list: readonly Blob[], change: (blob: Blob) => void): Promise<void> {
    if (list.length === 0) return;
    const at = this.random.int(list.length);
    await this.attempts.make(`${what} number ${at}`, () => {
      change(list[at]);
    });
  }

  async reshape(what: string, list: readonly Blob[]): Promise<void> {
    await this.change(`reshape ${what}`, list, (blob) => {
      const shape = otherShape(this.random, blob.shape);
      did(`${blob.shape.join('x')} to ${shape.join('x')}`);
      blob.reshape(shape);
    });
  }

  /** Writes all that there is, and reads all that was returned, after the net has gone. */
  async end(): Promise<void> {
    for (const blob of [...this.blobs, ...this.params])
      await this.attempts.make('write a blob', () => {
        write(blob);
      });
    await this.attempts.make('dispose', () => {
      this.net.dispose();
    });
    if (this.random.chance(0.1)) await this.attempts.make('collect garbage', () => globalThis.gc?.());
    await this.attempts.make('read the arrays', () =>
      this.#kept.reduce((sum, array) => sum + (array[array.length - 1] ?? 0), 0),
    );
    this.attempts.end();
  }
}

/** Builds a net and has it treated for some rounds, while it is small. */
function target(treat: (patient: Patient) => Promise<void>, numbers: Numbers = 'finite', rounds = 3): Target {
  return async (random) => {
    const text = stockNet(random);
    const phase = random.pick(['train', 'train', 'test'] as const);
    did(`${phase}: ${text}`);
    setRandomSeed(1);
    const net = new Net({ text }, phase);
    const patient = new Patient(random, net, new Attempts(), numbers);
    for (let i = 0; i < rounds && isSmall(patient.net); i++) await treat(patient);
    await patient.end();
  };
}

/** Forward and backward, whatever came of either, also backward first. */
async function train(patient: Patient): Promise<void> {
  if (patient.random.chance(0.9)) await patient.forward();
  await patient.backward();
}

export const layers = target(train);

export const notFinite = target(train, 'any');

export const reshapedInputs = target(async (patient) => {
  const { net, random, attempts } = patient;
  const inputs = net.inputs.map((name) => net.blobs[name]);
  await patient.reshape('input', inputs);
  if (random.chance(0.3)) await attempts.make('net.reshape', () => { net.reshape(); });
  if (!isSmall(net)) return;
  if ((await patient.forward()) || random.chance(0.2)) await patient.backward();
}, 'finite', 4); // prettier-ignore

/** Something changes between forward and backward. */
export const changedBetween = target(async (patient) => {
  const { random } = patient;
  await patient.forward();
  for (let n = 1 + random.int(2); n > 0; n--) {
    const [what, list] = random.pick([
      ['blob', patient.blobs],
      ['blob', patient.blobs],
      ['param', patient.params],
    ] as const);
    if (random.chance(0.5)) await patient.reshape(what, list);
    else
      await patient.change(`spoil ${what}`, list, (blob) => {
        spoil(random, blob);
      });
  }
  if (isSmall(patient.net)) await patient.backward();
}); // prettier-ignore

async function share({ blobs, params, random, attempts }: Patient): Promise<void> {
  const blob = random.pick([...blobs, ...params]);
  if (blob === undefined) return;
  const other = new Blob(blob.count);
  // Memory for more than the blob's shape tells, or for just that.
  if (random.chance(0.5))
    await attempts.make('reshape the other', () => {
      other.reshape(blob.count);
    });
  if (random.chance(0.7))
    await attempts.make('shareData', () => {
      blob.shareData(other);
    });
  if (random.chance(0.7))
    await attempts.make('shareDiff', () => {
      blob.shareDiff(other);
    });
  if (random.chance(0.5)) await attempts.make('the other is filled', () => other.data.fill(1));
}

async function runPart({ net, random, attempts }: Patient): Promise<void> {
  const part = { start: random.pick(net.layerNames), end: random.pick(net.layerNames) };
  if (random.chance(0.5)) await attempts.make('forward of a part', () => net.forward(undefined, part));
  else await attempts.make('backward of a part', () => net.backward(undefined, part));
}

/** Everything else that may be done to a net and its layers, in any order. */
export const layerCalls = target(async (patient) => {
  const { net, random, attempts } = patient;
  const layer = net.layerDict[random.pick(net.layerNames)];
  switch (random.int(10)) {
    case 0:
      await attempts.make(`setup of a ${layer.type}`, () => { layer.setup(); });
      break;
    case 1:
      await attempts.make(`reshape of a ${layer.type}`, () => { layer.reshape(); });
      break;
    case 2:
      await patient.reshape('param', patient.params);
      break;
    case 3:
      await patient.reshape('blob', patient.blobs);
      break;
    case 4:
      await share(patient);
      break;
    case 5:
      await runPart(patient);
      break;
    case 6:
      await patient.change('spoil blob', patient.blobs, (blob) => {
        spoil(random, blob);
      });
      break;
    case 7:
      await patient.backward();
      break;
    default:
      await patient.forward();
  }
}, 'finite', 8); // prettier-ignore
