// Looks at what imports what: no circles between files of TypeScript (type-only imports count) nor between folders
// of native/, and arrows that go one way. Prints a line for each mistake and exits 1 if there is one. Part of
// `npm run lint`.
//
// TypeScript's own scanner finds the imports, so nothing needs to be installed: madge and dependency-cruiser bring
// 12 to 18 packages and know nothing of #include.
import console from 'node:console';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import typescript from 'typescript';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const read = (file) => readFileSync(file, 'utf8');

/** The files below a folder whose names match. */
function filesIn(folder, pattern) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names.filter((name) => pattern.test(name)).map((name) => path.posix.join(folder, name));
}

/** The file that a relative import of TypeScript means: `./net.js` is net.ts. */
function importedFile(file, specifier) {
  const target = path.posix.join(path.posix.dirname(file), specifier);
  const candidates = [
    target,
    target.replace(/\.([cm]?)js$/, '.$1ts'),
    target.replace(/\.([cm]?)js$/, '.d.$1ts'),
    target.replace(/\.js$/, '.tsx'),
  ];
  return candidates.find((candidate) => existsSync(candidate)) ?? target;
}

/** The arrows of TypeScript and JavaScript: from a file to what it imports, a file or a package. */
function importsOf(file) {
  const { importedFiles } = typescript.preProcessFile(read(file), true, true);
  const targets = importedFiles.map(({ fileName }) =>
    fileName.startsWith('.') ? importedFile(file, fileName) : fileName,
  );
  return targets.map((target) => ({ from: file, to: target, file, target }));
}

/** Of native/ a folder is one node. A file outside of the folders is one with its header; nothing includes addon.cc. */
const nodeOf = (file) =>
  file
    .split('/')
    .slice(0, 2)
    .join('/')
    .replace(/\.(cc|h)$/, '');

/** The arrows of C++: from folder to folder. */
function includesOf(file) {
  const includes = [...read(file).matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map(
    ([, included]) => `native/${included}`,
  );
  const own = includes.filter((target) => existsSync(target) && nodeOf(target) !== nodeOf(file));
  return own.map((target) => ({ from: nodeOf(file), to: nodeOf(target), file, target }));
}

/** The shortest way along arrows from one node to another. */
function shortestWay(arrowsFrom, start, end) {
  const ways = new Map([[start, [start]]]);
  for (const [node, way] of ways) {
    if (node === end) return way;
    for (const { to } of arrowsFrom.get(node) ?? []) if (!ways.has(to)) ways.set(to, [...way, to]);
  }
  return undefined;
}

/** For each arrow that is part of a circle the shortest such circle, each once. */
function circles(arrows) {
  const arrowsFrom = new Map(arrows.map(({ from }) => [from, []]));
  for (const arrow of arrows) arrowsFrom.get(arrow.from).push(arrow);
  const found = new Map();
  for (const { from, to } of arrows) {
    const way = from === to ? undefined : shortestWay(arrowsFrom, to, from);
    if (way !== undefined) found.set([...way].sort().join(), way);
  }
  return [...found.values()].map((way) => {
    const steps = way.map((from, i) => {
      const to = way[(i + 1) % way.length];
      const files = arrowsFrom.get(from).filter((arrow) => arrow.to === to);
      return from === files[0].file
        ? from
        : `${from} (${files.map(({ file, target }) => `${file}: ${target}`).join(', ')})`;
    });
    return `circle: ${[...steps, way[0]].join(' -> ')}`;
  });
}

const isBelow = (folder) => (file) => file.startsWith(`${folder}/`);
const thinLayers = ['src/cli', 'src/dashboard'];

/** The rules that an import may break. */
const rules = [
  {
    says: 'src imports only src, typings and packages',
    breaks: ({ from, to }) =>
      isBelow('src')(from) && to.includes('/') && existsSync(to) && !/^(src|typings)\//.test(to),
  },
  {
    says: "test, examples, bench, docs and templates import the package by its own name, 'tscaffe'",
    breaks: ({ from, to }) => !isBelow('src')(from) && /^(src|dist|typings)\//.test(to),
  },
  {
    says: 'nothing in src imports src/cli, and only src/cli imports src/dashboard',
    breaks: ({ from, to }) =>
      isBelow('src')(from) &&
      !isBelow('src/cli')(from) &&
      thinLayers.some((thin) => isBelow(thin)(to) && !isBelow(thin)(from)),
  },
];

const scripts = ['src', 'test', 'examples', 'bench', 'docs', 'templates'].flatMap((folder) =>
  filesIn(folder, /\.([cm]?[jt]s|tsx)$/),
);
const imports = scripts.flatMap(importsOf);
const includes = filesIn('native', /\.(cc|h)$/).flatMap(includesOf);
const mistakes = [
  ...circles(includes),
  ...circles(imports),
  ...rules.flatMap(({ says, breaks }) =>
    imports.filter(breaks).map(({ from, to }) => `${from} imports ${to}: ${says}`),
  ),
  ...filesIn('src', /\.[cm]?ts$/)
    .filter((file) => file !== 'src/native/addon-file.ts' && /\.node['"`]/.test(read(file)))
    .map((file) => `${file} names the addon: src/native/addon-file.ts does, and load.ts alone loads it`),
];
for (const mistake of mistakes) console.error(mistake);
if (mistakes.length > 0) process.exitCode = 1;
