// A system that gives no more threads or processes: whoever needs one fails, and works when there are some again.
import test from 'ava';
import { scratchFolder } from '../scratch-folder.js';
import { nativeLibrary, preload } from './native-library.js';
import { run, tscaffe } from './program.js';

// Where there is the file, as with ulimit -u.
const none = `
  #define _GNU_SOURCE
  #include <dlfcn.h>
  #include <errno.h>
  #include <pthread.h>
  #include <spawn.h>
  #include <unistd.h>
  int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* argument) {
    int (*real)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) = dlsym(RTLD_NEXT, "pthread_create");
    return access("no-threads", F_OK) == 0 ? EAGAIN : real(thread, attributes, start, argument);
  }
  int posix_spawn(pid_t* pid, const char* path, const posix_spawn_file_actions_t* actions,
                  const posix_spawnattr_t* attributes, char* const argv[], char* const env[]) {
    int (*real)(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const[],
                char* const[]) = dlsym(RTLD_NEXT, "posix_spawn");
    return access("no-threads", F_OK) == 0 ? EAGAIN : real(pid, path, actions, attributes, argv, env);
  }`;

const nets = `
  import { rmSync, writeFileSync } from 'node:fs';
  import { Blob, createLayer, io, Net, onLog, registerLayer, setBlasThreads, Solver } from '${tscaffe}';
  onLog(() => undefined);
  const without = async (call) => {
    writeFileSync('no-threads', '');
    try {
      const result = await call();
      console.log('done', result);
    } catch (error) {
      console.log(error.code, /ulimit -u/.test(error.message));
    } finally {
      rmSync('no-threads', { force: true });
    }
  };
  const data = 'layer { name: "d" type: "DummyData" top: "data" top: "label" dummy_data_param { shape { dim: 2 dim: 3 } shape { dim: 2 } } } ';
  const ip = 'layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 2 weight_filler { type: "xavier" } } } ' +
    'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" } ';
  const makeSolver = (text = data + ip) => new Solver({ text: 'net_param { ' + text + ' } base_lr: 0.01 lr_policy: "fixed"' });
  writeFileSync('white.pgm', Buffer.concat([Buffer.from('P5 4 4 255\\n'), Buffer.alloc(16, 255)]));
  writeFileSync('list.txt', 'white.pgm 1\\n');
  const images = 'layer { name: "images" type: "ImageData" top: "data" top: "label" image_data_param { source: "list.txt" batch_size: 2 ' +
    'new_height: 300 new_width: 300 } } ';
`;

const refused = 'ERR_CAFFE_THREADS true\n';

const cases: Record<string, { program: string; says: string }> = {
  'an asynchronous call is refused, and the net is not busy': {
    program: `
      const solver = makeSolver();
      const net = new Net({ text: data + ip }, 'train');
      await without(() => solver.stepAsync(2));
      await without(() => solver.solveAsync());
      await without(() => net.forwardAsync());
      await without(() => net.backwardAsync());
      solver.step(1);
      net.forward();
      await solver.stepAsync(2);
      await net.forwardAsync();
      await without(() => solver.stepAsync(2));
      console.log(solver.iter);`,
    says: `${refused.repeat(4)}done undefined\n5\n`,
  },
  'one that a running layer waits for is refused, and the layer goes on': {
    program: `
      const inner = new Net({ text: data + ip }, 'train');
      let asked;
      registerLayer('Asking', class {
        reshape(bottom, top) { top[0].reshapeLike(bottom[0]); }
        async forward() {
          if (asked === undefined) return;
          await asked();
        }
      });
      const net = new Net({ text: data + 'layer { name: "asking" type: "Asking" bottom: "data" top: "a" }' }, 'train');
      await net.forwardAsync();
      asked = () => without(() => inner.forwardAsync());
      await net.forwardAsync();
      // Begun before the layer waits: it stands in line behind the layer's net.
      let line;
      asked = async () => {
        writeFileSync('no-threads', '');
        console.log(await line);
        rmSync('no-threads');
      };
      writeFileSync('no-threads', '');
      const running = net.forwardAsync();
      line = inner.forwardAsync().catch((error) => error.code);
      await running;
      asked = async () => console.log((await inner.forwardAsync()).loss[0] > 0);
      await net.forwardAsync();`,
    says: `${refused}ERR_CAFFE_THREADS\ntrue\n`,
  },
  'a net, solver or layer that reads batches ahead cannot be made': {
    program: `
      await without(() => new Net({ text: images + ip }, 'train'));
      await without(() => makeSolver(images + ip));
      await without(() => createLayer({ type: 'ImageData', imageDataParam: { source: 'list.txt', batchSize: 1 } }).setup([], [new Blob(1), new Blob(1)]));
      const solver = makeSolver(images + ip);
      await without(() => solver.step(3));
      console.log(solver.iter);`,
    says: `${refused.repeat(3)}done undefined\n3\n`,
  },
  'BLAS gets no more threads than it has': {
    program: `
      await without(() => setBlasThreads(3));
      setBlasThreads(3);
      await without(() => setBlasThreads(2));
      setBlasThreads(1);
      makeSolver().step(1);`,
    says: `${refused}done undefined\n`,
  },
  'HDF5 that cannot be tried first is not read': {
    program: `
      const net = new Net({ text: data + ip }, 'train');
      net.saveHDF5('weights.h5');
      await without(() => net.loadHDF5('weights.h5'));
      net.loadHDF5('weights.h5');`,
    says: refused,
  },
  'LevelDB cannot be opened': {
    program: `
      await without(() => io.Database.create('refused', { backend: 'leveldb' }));
      const database = io.Database.create('records', { backend: 'leveldb' });
      database.put('0', io.arrayToDatum({ shape: [1, 2, 2], data: new Uint8Array(4) }, 1));
      database.close();
      console.log([...io.Database.open('records', { backend: 'leveldb' })].length);`,
    says: `${refused}1\n`,
  },
};

for (const [what, { program, says }] of Object.entries(cases)) {
  test(`where the system gives no threads, ${what}`, async (t) => {
    const { code, output } = await run(nets + program, { cwd: scratchFolder(t), env: preload(nativeLibrary(t, none)) });
    t.is(output, says);
    t.is(code, 0);
  });
}

test('the package is loaded where the system gives no threads', async (t) => {
  const { code, output } = await run(
    `import { writeFileSync } from 'node:fs';
    import { readdir } from 'node:fs/promises';
    await readdir('.'); // Node.js has its own threads before that, or ends
    delete process.env.OPENBLAS_NUM_THREADS; // that of the tests
    writeFileSync('no-threads', '');
    const { blasThreads } = await import('${tscaffe}');
    console.log(blasThreads(), process.env.OPENBLAS_NUM_THREADS);`,
    { cwd: scratchFolder(t), env: preload(nativeLibrary(t, none)) },
  );
  t.is(output, '1 undefined\n');
  t.is(code, 0);
});
