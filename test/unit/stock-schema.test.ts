import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { layerTypes } from 'tscaffe';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
/** Built for the libcaffe that set-up has unpacked, not for that of CAFFE_ROOT. */
const isDebians = existsSync(new URL('../../build/.libcaffe', import.meta.url));

(isDebians ? test : test.skip)(
  'typings/stock/ is what the build reads out of the libcaffe that set-up unpacks',
  (t) => {
    for (const file of ['caffe.proto', 'fillers.txt'])
      t.is(read(`typings/stock/${file}`), read(`build/schema/${file}`));
    t.deepEqual(read('typings/stock/layers.txt').trimEnd().split('\n'), layerTypes());
  },
);
