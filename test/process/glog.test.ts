import test from 'ava';
import { run, tscaffe } from './program.js';

test('a failing check keeps its text where GLOG_minloglevel hides all of the log', async (t) => {
  const program = `import { Net } from '${tscaffe}';
    try { new Net({ text: 'layer { name: "a" type: "ReLU" bottom: "nope" top: "a" }' }, 'test'); }
    catch (error) { console.log(error.message); }`;
  const { output, code } = await run(program, { env: { GLOG_minloglevel: '3' } });
  t.is(code, 0);
  t.regex(output, /Unknown bottom blob 'nope'/);
});
