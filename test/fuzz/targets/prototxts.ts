// Nets and solvers out of mutated prototxts, built, run and saved.
import { Net, readNet, Solver, toPrototxt, type Source } from 'tscaffe';
import { dataNets, nets, smallNets, solvers } from '../corpus.js';
import { Vocabulary } from '../message.js';
import { dictionaryOf, mutateText } from '../mutation.js';
import type { Random } from '../random.js';
import { isSmall } from '../small.js';
import type { Target } from '../target.js';

const dictionary = dictionaryOf([...nets, ...solvers]);
const vocabulary = new Vocabulary(smallNets.map((each) => readNet({ text: each })));

function useNet(random: Random, net: Net): void {
  net.toProto();
  if (!isSmall(net)) return;
  net.forward();
  if (random.chance(0.5)) net.backward();
  net.reshape();
  net.forward();
}

function mutated(random: Random, text: string): Source {
  if (random.chance(0.3)) return { text: mutateText(random, text, dictionary), file: 'net.prototxt' };
  const message = readNet({ text });
  vocabulary.mutate(random, message);
  return message;
}

export const net: Target = (random) => {
  const real = random.pick(random.chance(0.05) ? nets : random.chance(0.2) ? dataNets : smallNets);
  using made = new Net(mutated(random, real), random.pick(['train', 'test']), {
    level: random.chance(0.9) ? 0 : random.pick([1, -1, 2 ** 31 - 1]),
    stages: random.chance(0.9) ? [] : ['a', ''],
  });
  useNet(random, made);
};

export const solver: Target = (random) => {
  const text = mutateText(random, random.pick(solvers), dictionary);
  using made = new Solver({ text, file: 'solver.prototxt' });
  if (![made.net, ...made.testNets].every(isSmall)) return;
  const { iterSize, testIter } = made.param;
  if (iterSize > 100 || testIter.some((count) => count > 100)) return; // as many iterations as it was told to
  made.step(3);
  made.snapshot();
  if (made.testNets.length > 0) made.test();
  if (made.param.maxIter < 100) made.solve();
};

/** Text to message and back. */
export const text: Target = (random) => {
  const changed = mutateText(random, random.pick([...nets, ...solvers]), dictionary);
  readNet({ text: toPrototxt(readNet({ text: changed })) });
};
