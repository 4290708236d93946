import test from 'ava';
import { Net, onnx, setRandomSeed } from 'tscaffe';
import { lenet } from '../architectures/index.js';
import { Random } from '../fuzz/random.js';
import { forward, normal } from './compare.js';
import { shapeMistakes } from './declared-shapes.js';
import { decode, encode, structureMistakes } from './structure.js';

type GraphFields = NonNullable<ReturnType<typeof decode>['graph']>;
type Graph = { [Field in keyof GraphFields]-?: NonNullable<GraphFields[Field]> };

setRandomSeed(1);
using net = new Net(lenet(2), 'test');
const model = onnx.fromNet(net);
const feeds = forward(net, normal(new Random(1)));

function broken(change: (graph: Graph) => void): Uint8Array {
  const decoded = decode(model);
  change(decoded.graph as Graph);
  return encode(decoded);
}

test('The checks find nothing in a right model', async (t) => {
  t.deepEqual(structureMistakes(model), []);
  t.deepEqual(await shapeMistakes(model, feeds), []);
});

for (const [what, change, mistake] of [
  ['nodes in a wrong order', ({ node }: Graph) => node.reverse(), /is nothing that came before/],
  ['two values of one name', ({ node }: Graph) => (node[1].output = node[0].output ?? []), /as another is/],
  ['two nodes of one name', ({ node }: Graph) => (node[1].name = node[0].name ?? ''), /as another is/],
  ['a constant that nothing uses', ({ node }: Graph) => node[0].input?.pop(), /nothing uses constant/],
  ['a constant of another size', ({ initializer }: Graph) => (initializer[0].dims = [3]), /bytes, not 12/],
  ['an output that is not there', ({ output }: Graph) => (output[0].name = 'x'), /the output "x" is nothing/],
] as const) {
  test(`The checks find ${what}`, (t) => {
    const [first = ''] = structureMistakes(broken(change));
    t.regex(first, mistake);
  });
}

test('The checks find a shape that is declared wrong', async (t) => {
  const model = broken(({ valueInfo }) => {
    const dim = valueInfo[0].type?.tensorType?.shape?.dim ?? [];
    dim[1].dimValue = 21;
  });
  t.deepEqual(await shapeMistakes(model, feeds), ['"conv1" is declared as 2 x 21 x 24 x 24 and is 2 x 20 x 24 x 24']);
});
