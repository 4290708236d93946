import { readFileSync } from 'node:fs';
import test from 'ava';

const read = (file: string) => readFileSync(file, 'utf8');
/** What the first group of a pattern matches in a file. */
const found = (file: string, pattern: RegExp) => pattern.exec(read(file))?.[1];

test('package.json, its lock file, the code, the citation and the changelog name one version', (t) => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: Record<string, { version: string }>;
  };
  t.is(lock.version, version);
  t.is(lock.packages['']?.version, version);
  t.is(found('src/copies/any-copy.ts', /packageVersion = '(.*)'/), version);
  t.is(found('CITATION.cff', /^version: (.*)$/m), version);
  t.is(found('CHANGELOG.md', /^## \[(\d.*)\] - /m), version);
  t.is(found('CITATION.cff', /^date-released: '(.*)'$/m), found('CHANGELOG.md', /^## \[\d.*\] - (\d{4}-\d\d-\d\d)$/m));
});
