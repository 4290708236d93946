import { readFileSync } from 'node:fs';
import test from 'ava';
import { draw } from 'tscaffe';

/** What pycaffe made of some nets; draw/generate.py writes it. */
const peer = JSON.parse(readFileSync(new URL('draw/peer.json', import.meta.url), 'utf8')) as {
  net: string;
  options: draw.GraphOptions;
  dot: string;
}[];

for (const { net, options, dot } of peer) {
  test(`the graph of ${net} is that of pycaffe, ${JSON.stringify(options)}`, (t) => {
    t.is(draw.getDotGraph(net, options), dot);
  });
}
