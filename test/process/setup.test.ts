import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { scratchFolder } from '../scratch-folder.js';

// What scripts/setup runs before it can say what is missing.
const shellTools = [
  'awk',
  'basename',
  'bash',
  'cat',
  'dirname',
  'flock',
  'head',
  'id',
  'make',
  'mkdir',
  'nm',
  'printf',
];
const moreTools = [
  'readlink',
  'rm',
  'sed',
  'sha256sum',
  'sort',
  'tar',
  'env',
  'getconf',
  'grep',
  'find',
  'xargs',
  'nproc',
  'touch',
  'ln',
  'mv',
];

function which(tool: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.map((folder) => join(folder, tool)).find((file) => existsSync(file));
}

/** A machine that has only the tools named, each the real one, a script, or one that prints what is given. */
function machine(t: ExecutionContext, tools: Record<string, string | true>) {
  const folder = join(scratchFolder(t), 'a clone');
  const bin = join(folder, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const file of ['scripts', 'package.json']) cpSync(file, join(folder, file), { recursive: true });
  const all = { ...Object.fromEntries([...shellTools, ...moreTools].map((tool) => [tool, true as const])), ...tools };
  for (const [tool, prints] of Object.entries(all)) {
    const file = join(bin, tool);
    if (prints === true) {
      const real = which(tool);
      if (real !== undefined) symlinkSync(real, file);
    } else {
      writeFileSync(file, prints.startsWith('#!') ? prints : `#!/bin/sh\necho '${prints}'\n`);
      chmodSync(file, 0o755);
    }
  }
  return {
    folder,
    run(script: string, env: NodeJS.ProcessEnv = {}): { status: number | null; output: string } {
      const { status, stdout, stderr } = spawnSync(join(folder, 'scripts', script), {
        env: { PATH: bin, HOME: folder, ...env },
        encoding: 'utf8',
      });
      return { status, output: stdout + stderr };
    },
  };
}

test('set-up without compiler and cmake names both and the line that installs them', (t) => {
  const { status, output } = machine(t, { node: true, npm: true, 'apt-get': '' }).run('setup');
  t.is(status, 1);
  t.regex(output, /missing: cmake, g\+\+\n +sudo apt-get install cmake g\+\+\n/);
});

test('set-up with an old Node and an old cmake names the versions that it needs and those that are there', (t) => {
  const { status, output } = machine(t, { node: '18.20.1', npm: true, cmake: 'cmake version 3.16.3', 'c++': '' }).run(
    'setup',
  );
  t.is(status, 1);
  t.regex(output, /cmake 3\.21 or newer \(this one is 3\.16\.3\)/);
  t.regex(output, /Node\.js 20\.19 or newer with npm \(here: 18\.20\.1\)/);
  t.regex(output, /With your system's package manager, install: cmake\n/);
});

test('set-up where there is no apt says that libcaffe is Debian’s and how to name another', (t) => {
  const { status, output } = machine(t, {}).run('libcaffe');
  t.is(status, 1);
  t.regex(output, /there is no apt-get here: this is not Debian or Ubuntu/);
  t.regex(output, /CAFFE_ROOT=\/path\/to\/caffe npm run setup/);
});

const debian = { 'apt-get': '', dpkg: 'amd64', 'dpkg-deb': '', getconf: 'glibc 2.36' };

test('set-up on an architecture or C library that the packages do not fit says so', (t) => {
  t.regex(machine(t, { ...debian, dpkg: 'riscv64' }).run('libcaffe').output, /amd64 and arm64, not on riscv64/);
  t.regex(
    machine(t, { ...debian, getconf: 'glibc 2.31' }).run('libcaffe').output,
    /glibc 2\.31; .* need glibc 2\.34 or newer/,
  );
});

test('set-up where apt has no Debian mirror, as on Ubuntu, asks for one', (t) => {
  const { status, output } = machine(t, debian).run('libcaffe');
  t.is(status, 1);
  t.regex(output, /debian-archive-keyring|TSCAFFE_DEBIAN_MIRROR=http:\/\/\.\.\. npm run setup/);
});

// Fetches nothing, and unpacks packages without files.
const emptyPackages = {
  ...debian,
  'dpkg-deb': '#!/bin/sh\nexec tar --create --files-from /dev/null\n',
};
const mirror = { TSCAFFE_DEBIAN_MIRROR: 'http://127.0.0.1:9' };
const keyring = existsSync('/usr/share/keyrings/debian-archive-keyring.gpg');
const unpackingTest = keyring ? test : test.skip; // without Debian's keys nothing is fetched

unpackingTest('libcaffe is unpacked once for all clones, which link to it', (t) => {
  const cache = join(scratchFolder(t), 'cache');
  const env = { ...mirror, TSCAFFE_CACHE: cache };
  const first = machine(t, emptyPackages);
  const { status, output } = first.run('libcaffe', env);
  t.is(status, 0, output);
  t.regex(output, /unpacking Debian's packages into .*\/cache\/libcaffe-amd64-/);
  const unpacked = readlinkSync(join(first.folder, '.caffe'));
  t.deepEqual(
    readdirSync(cache).filter((name) => !name.endsWith('.lock')),
    [unpacked.slice(cache.length + 1)],
  );
  t.deepEqual(first.run('libcaffe', env), { status: 0, output: '' }, 'it is left alone');

  // Nothing can be fetched here, so it is not.
  const second = machine(t, debian);
  t.deepEqual(second.run('libcaffe', { TSCAFFE_CACHE: cache }), { status: 0, output: '' });
  t.is(readlinkSync(join(second.folder, '.caffe')), unpacked);

  rmSync(cache, { recursive: true });
  t.is(first.run('libcaffe', env).status, 0, 'a link that leads nowhere is mended');
  t.true(existsSync(join(first.folder, '.caffe/stamp')));
});

unpackingTest('what an interrupted unpacking left behind is not taken for whole', (t) => {
  const cache = join(scratchFolder(t), 'cache');
  const env = { ...mirror, TSCAFFE_CACHE: cache };
  const broken = machine(t, { ...emptyPackages, 'dpkg-deb': '#!/bin/sh\nkill -9 $PPID\n' });
  t.not(broken.run('libcaffe', env).status, 0);
  t.true(readdirSync(cache).some((name) => name.endsWith('.partial')));
  t.is(machine(t, emptyPackages).run('libcaffe', env).status, 0);
  t.false(readdirSync(cache).some((name) => name.endsWith('.partial')));
});

unpackingTest('where the cache cannot be written, libcaffe is unpacked into the clone, and stays there', (t) => {
  const clone = machine(t, emptyPackages);
  const { status, output } = clone.run('libcaffe', { ...mirror, TSCAFFE_CACHE: '/proc/none' });
  t.is(status, 0, output);
  const unpacked = join(clone.folder, '.caffe');
  t.true(lstatSync(unpacked).isDirectory());
  // So does the folder of an older version, also where there is a cache now.
  t.deepEqual(clone.run('libcaffe', { TSCAFFE_CACHE: join(clone.folder, 'cache') }), { status: 0, output: '' });
  t.true(lstatSync(unpacked).isDirectory());
  writeFileSync(join(unpacked, 'stamp'), 'of another list of packages\n');
  t.is(clone.run('libcaffe', { ...mirror, TSCAFFE_CACHE: join(clone.folder, 'cache') }).status, 0);
  t.true(lstatSync(unpacked).isSymbolicLink(), 'one of other packages is unpacked anew');
});

unpackingTest('Debian 11 is asked of the archive where the mirror of apt’s sources has it no longer', (t) => {
  // Lists are updated from what the file named by SourceList says; what is asked for is written down.
  const apt = (has: string): string => `#!/usr/bin/env bash
[[ $1 != indextargets ]] || { echo 'http://mirror.example/debian bookworm'; exit; }
list=$(printf '%s\\n' "$@" | sed -n 's/^Dir::Etc::SourceList=//p')
[[ "\${@: -1}" == update ]] || exit 0
sed 's/.*] //' "$list" >>"$HOME/updates"
grep -q '${has}' "$list" || { echo 'E: no Release file' >&2; exit 100; }
`;
  const cache = (folder: string): NodeJS.ProcessEnv => ({ TSCAFFE_CACHE: join(folder, 'cache') });
  const moved = machine(t, { ...emptyPackages, 'apt-get': apt('archive.debian.* bullseye\\|mirror.* bookworm') });
  const { status, output } = moved.run('libcaffe', cache(moved.folder));
  t.is(status, 0, output);
  t.is(
    readFileSync(join(moved.folder, 'updates'), 'utf8'),
    `http://mirror.example/debian bullseye main
http://archive.debian.org/debian bullseye main
http://mirror.example/debian bookworm main
`,
  );
  const nowhere = machine(t, { ...emptyPackages, 'apt-get': apt('mirror.* bookworm') });
  const failed = nowhere.run('libcaffe', cache(nowhere.folder));
  t.is(failed.status, 1);
  t.regex(failed.output, /No package lists of Debian bullseye from http:\/\/mirror\.example\/debian/);
  t.regex(failed.output, /TSCAFFE_DEBIAN_MIRROR='http:\/\/\.\.\. http:\/\/\.\.\.' npm run setup/);
});

test('a cache that is not named by an absolute path is refused', (t) => {
  const { status, output } = machine(t, debian).run('libcaffe', { TSCAFFE_CACHE: 'cache' });
  t.is(status, 1);
  t.regex(output, /not an absolute path: cache\n +TSCAFFE_CACHE=\/path/);
});

// What `npm run` is asked for goes to a list; the build leaves the files that a build leaves.
const recordingNpm = `#!/usr/bin/env bash
if [[ $1 == install ]]; then # what a build needs
  mkdir -p "$3/node_modules/.bin"
  touch "$3/node_modules/.bin/cmake-js"
  exit
fi
echo "\${@: -1}" >>"$HOME/asked"
if [[ \${@: -1} == build:native ]]; then
  mkdir -p build/{Release,schema,CMakeFiles}
  touch build/{Release/tscaffe.node,schema/caffe.proto,CMakeFiles/headers.gch}
  echo "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" >build/CMakeCache.txt
fi
`;
const builds = {
  ...emptyPackages,
  npm: recordingNpm,
  node: true,
  'c++': true,
  cmake: true,
  cp: true,
  uname: true,
} as const;

unpackingTest('set-up that has nothing to do says and does nothing; a changed source is built', (t) => {
  const cache = join(scratchFolder(t), 'cache');
  const env = { ...mirror, TSCAFFE_CACHE: cache };
  const clone = (): ReturnType<typeof machine> & { asked: () => string[] } => {
    const made = machine(t, builds);
    mkdirSync(join(made.folder, 'native'));
    writeFileSync(join(made.folder, 'native/addon.cc'), '// one\n');
    const list = join(made.folder, 'asked');
    return {
      ...made,
      asked: () => {
        const lines = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : [];
        rmSync(list, { force: true });
        return lines;
      },
    };
  };
  const first = clone();
  const { status, output } = first.run('setup', env);
  t.is(status, 0, output);
  t.deepEqual(first.asked(), ['build:native', 'build:schema']);
  t.deepEqual(readdirSync(join(first.folder, 'build/CMakeFiles')), [], 'the precompiled header does not stay');
  t.deepEqual(first.run('setup', env), { status: 0, output: '' });
  t.deepEqual(first.asked(), []);

  const second = clone();
  t.is(second.run('setup', env).status, 0);
  t.deepEqual(second.asked(), ['build:schema'], 'the addon is that of the first clone');
  t.true(existsSync(join(second.folder, 'build/Release/tscaffe.node')));
  t.is(second.run('setup', { ...env, CXXFLAGS: '-march=native' }).status, 0);
  t.deepEqual(second.asked(), ['build:native', 'build:schema'], 'another compilation is another addon');

  writeFileSync(join(first.folder, 'native/addon.cc'), '// two\n');
  writeFileSync(join(first.folder, 'build/CMakeFiles/headers.gch'), 'of npm run build:native');
  t.is(first.run('setup', env).status, 0);
  t.deepEqual(first.asked(), ['build:native', 'build:schema']);
  t.true(existsSync(join(first.folder, 'build/CMakeFiles/headers.gch')), 'a build that goes on keeps what it has');
  rmSync(join(first.folder, 'build/Release'), { recursive: true });
  t.is(first.run('setup', env).status, 0);
  t.true(existsSync(join(first.folder, 'build/Release/tscaffe.node')), 'what was deleted is made again');
  t.is(first.run('setup', { ...env, CAFFE_ROOT: '/none' }).status, 0);
  t.true(first.asked().includes('build:native'), 'CAFFE_ROOT is compiled for');

  const without = { ...env, TSCAFFE_CACHE: '/proc/none' };
  const third = clone();
  t.is(third.run('setup', without).status, 0);
  t.deepEqual(third.asked(), ['build:native', 'build:schema']);
  mkdirSync(join(third.folder, 'typings'));
  writeFileSync(join(third.folder, 'typings/native.d.ts'), '// other\n');
  t.is(third.run('setup', without).status, 0);
  t.deepEqual(third.asked(), ['build:schema'], 'what the addon is not made of does not compile it anew');
});

unpackingTest('npm packages are fetched unless those that are there are the ones of the lock file', (t) => {
  const clone = machine(t, builds);
  const [asked, modules] = ['asked', 'node_modules'].map((name) => join(clone.folder, name)) as [string, string];
  const write = (file: string, value: unknown): void => {
    writeFileSync(join(clone.folder, file), JSON.stringify(value));
  };
  const isFetched = (): boolean => {
    rmSync(asked, { force: true });
    rmSync(join(modules, '.tscaffe-stamp'), { force: true });
    const { status, output } = clone.run('setup', { ...mirror, TSCAFFE_CACHE: join(clone.folder, 'cache') });
    t.is(status, 0, output);
    return output.includes('setup: fetching npm packages');
  };
  const packages = { '': {}, 'node_modules/a': { version: '1.0.0' } };
  const ofAnotherMachine = { 'node_modules/b': { version: '1.0.0', optional: true } };
  write('package-lock.json', { packages: { ...packages, ...ofAnotherMachine } });
  mkdirSync(join(modules, 'a'), { recursive: true });
  t.true(isFetched(), 'npm has installed nothing');
  write('node_modules/.package-lock.json', { packages });
  t.true(isFetched(), 'npm has written its list, but not the package');
  write('node_modules/a/package.json', { version: '1.0.0' });
  t.false(isFetched(), 'all is there but what is of another machine');
  write('node_modules/a/package.json', { version: '0.9.0' });
  t.true(isFetched(), 'another version is there');
});

/** Configures the build into a scratch folder and gives CMake's output with its line breaks taken out. */
function configure(t: ExecutionContext, caffeRoot: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      'node_modules/cmake-js/bin/cmake-js',
      '--prefer-make',
      '--log-level',
      'warn',
      '--out',
      scratchFolder(t),
      'configure',
    ],
    { env: { ...process.env, CAFFE_ROOT: caffeRoot }, encoding: 'utf8' },
  );
  return { status, output: (stdout + stderr).replace(/\s+/g, ' ') };
}

/** An install tree of Caffe's own build: `include`, `lib` and `share/Caffe`, made of the files that `.caffe` has. */
function installTree(t: ExecutionContext, cpuOnly?: 'ON' | 'OFF'): string {
  const root = join(scratchFolder(t), 'install tree');
  const library = ['x86_64-linux-gnu', 'aarch64-linux-gnu']
    .map((triplet) => `.caffe/usr/lib/${triplet}/libcaffe.so`)
    .find((file) => existsSync(file));
  if (library === undefined) throw new Error('this test needs the libcaffe of scripts/libcaffe');
  cpSync('.caffe/usr/include/caffe', join(root, 'include/caffe'), { recursive: true });
  mkdirSync(join(root, 'lib'));
  copyFileSync(library, join(root, 'lib/libcaffe.so')); // of the file that the link names
  if (cpuOnly !== undefined) {
    mkdirSync(join(root, 'share/Caffe'), { recursive: true });
    writeFileSync(join(root, 'share/Caffe/CaffeConfig.cmake'), `set(Caffe_CPU_ONLY ${cpuOnly})\n`);
  }
  return root;
}

const unpackedTest = process.env['CAFFE_ROOT'] === undefined ? test : test.skip;

test('CAFFE_ROOT that has no libcaffe fails with the two shapes of folder that fit', (t) => {
  const { status, output } = configure(t, join(scratchFolder(t), 'nothing'));
  t.not(status, 0);
  t.regex(output, /No libcaffe\.so below .*nothing\. CAFFE_ROOT must name a folder with usr\/include and usr\/lib/);
});

unpackedTest('CAFFE_ROOT may be an install tree; what it lacks is taken from .caffe', (t) => {
  const root = installTree(t);
  const { status, output } = configure(t, root);
  t.is(status, 0, output);
  t.true(output.includes(`libcaffe: ${join(root, 'lib/libcaffe.so')} (CPU_ONLY ON)`), output);
});

unpackedTest('whether a libcaffe was built with CUDA is read from its CMake package', (t) => {
  t.regex(configure(t, installTree(t, 'ON')).output, /CPU_ONLY ON/);
  // With or without a toolkit on this machine: it is looked for.
  t.regex(configure(t, installTree(t, 'OFF')).output, /CPU_ONLY OFF|built with CUDA/);
});

unpackedTest('a libcaffe without its headers fails with what is missing', (t) => {
  const root = installTree(t);
  cpSync(join(root, 'lib'), join(root, 'other/lib'), { recursive: true });
  const { status, output } = configure(t, join(root, 'other'));
  t.not(status, 0);
  t.regex(output, /libcaffe\.so is there, but its headers \(caffe\/caffe\.hpp\) are not below/);
});
