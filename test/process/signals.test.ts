// Signals that are not Caffe's go where they would go without the package; those that are become errors, whoever else
// listens. Each in a process of its own, which a mistake would end or hold up for ever.
import test from 'ava';
import { nativeLibrary } from './native-library.js';
import { run, tscaffe } from './program.js';

const signals = ['SIGABRT', 'SIGFPE', 'SIGBUS', 'SIGSEGV'] as const;

const nets = `
  import { setTimeout as after } from 'node:timers/promises';
  import { Net, registerLayer, Solver } from '${tscaffe}';
  const input = (...dims) => 'layer { name: "in" type: "Input" top: "in" input_param { shape { ' +
    dims.map((dim) => 'dim: ' + dim).join(' ') + ' } } } ';
  // A batch normalisation of no images divides by their number.
  const dividing = { text: input(0, 3) + 'layer { name: "a" type: "BatchNorm" bottom: "in" top: "a" }' };
  const divide = () => {
    try {
      new Net(dividing, 'train');
    } catch (error) {
      console.log(error.code);
    }
  };
  const solver = new Solver({ text: 'net_param { ' + input(64, 100) + 'layer { name: "ip" type: "InnerProduct" bottom: "in" ' +
    'top: "ip" inner_product_param { num_output: 100 weight_filler { type: "xavier" } } } layer { name: "loss" ' +
    'type: "EuclideanLoss" bottom: "in" bottom: "ip" top: "loss" } } base_lr: 1e-9 lr_policy: "fixed"' });
  const send = (signal) => process.kill(process.pid, signal);
  const awake = () => setTimeout(() => undefined, 60_000); // a listener alone does not keep Node.js running
`;

for (const signal of signals) {
  test(`one ${signal} from outside ends the process, idle or computing on either thread`, async (t) => {
    const states = [
      `send('${signal}');`,
      `divide(); send('${signal}');`,
      `solver.stepAsync(1e6); await after(20); send('${signal}');`,
      `registerLayer('Sender', class { reshape(bottom, top) { top[0].reshapeLike(bottom[0]); } forward() { send('${signal}'); } });
       new Net({ text: input(1, 1) + 'layer { name: "a" type: "Sender" bottom: "in" top: "a" }' }, 'test').forward();`,
    ];
    for (const state of states) {
      const outcome = await run(`${nets} ${state} await after(60_000);`);
      t.is(outcome.signal, signal, `${state}\n${outcome.output}`);
    }
  });

  test(`a listener of ${signal} hears what is sent, once for each, and when it is gone the process ends`, async (t) => {
    const { output, signal: end } = await run(`${nets}
      awake();
      const heard = () => new Promise((resolve) => process.once('${signal}', resolve));
      for (let i = 0; i < 3; i++) {
        const one = heard();
        send('${signal}');
        console.log(await one);
        const other = heard();
        solver.step(1);
        const running = solver.stepAsync(3);
        send('${signal}');
        console.log(await other);
        await running;
      }
      send('${signal}');
      await new Promise(() => undefined);`);
    t.is(output, `${signal}\n`.repeat(6));
    t.is(end, signal);
  });
}

test('a division by zero in Caffe is an error while JavaScript listens to SIGFPE, and when it has stopped to', async (t) => {
  const { code, output } = await run(`${nets}
    awake();
    const heard = () => console.log('heard');
    process.on('SIGFPE', heard);
    divide();
    const sent = new Promise((resolve) => process.once('SIGFPE', resolve));
    send('SIGFPE');
    await sent;
    divide();
    process.off('SIGFPE', heard);
    divide();
    process.exit(0);`);
  t.is(code, 0, output);
  t.is(output, 'ERR_CAFFE_CHECK\nheard\nERR_CAFFE_CHECK\nERR_CAFFE_CHECK\n');
});

test('so it is where the listener comes in the middle of a call, and where only a worker has the package', async (t) => {
  const inCall = await run(`${nets}
    registerLayer('Listener', class {
      reshape(bottom, top) { top[0].reshapeLike(bottom[0]); process.on('SIGFPE', () => undefined); }
      forward() {}
    });
    dividing.text = dividing.text.replace('"BatchNorm"', '"Listener"') +
      'layer { name: "b" type: "BatchNorm" bottom: "a" top: "b" }';
    divide();
    process.exit(0);`);
  t.is(inCall.output, 'ERR_CAFFE_CHECK\n');
  t.is(inCall.code, 0);
  const inWorker = await run(`
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(nets)} +
      'import { once } from "node:events"; import { parentPort } from "node:worker_threads";' +
      'parentPort.postMessage("ready"); await once(parentPort, "message"); divide(); process.exit(0);')));
    await once(worker, 'message');
    process.on('SIGFPE', () => undefined);
    worker.postMessage('divide');
    await once(worker, 'exit');
    process.exit(0);`);
  t.is(inWorker.output, 'ERR_CAFFE_CHECK\n');
  t.is(inWorker.code, 0);
});

test('WebAssembly traps are still exceptions of JavaScript after a listener of another signal has come and gone', async (t) => {
  // A module with one function, reach(address), that loads from one page of memory.
  const module = '0061736d0100000001060160017f017f03020100050301000107090105726561636800000a09010700200028020' + '00b';
  const { code, output } = await run(`${nets}
    const { instance } = await WebAssembly.instantiate(Buffer.from('${module}', 'hex'));
    const reach = () => { try { instance.exports.reach(1 << 20); } catch (error) { console.log(error.constructor.name); } };
    reach();
    process.once('SIGBUS', () => undefined);
    divide();
    reach();
    process.removeAllListeners('SIGBUS');
    divide();
    reach();`);
  t.is(output, 'RuntimeError\nERR_CAFFE_CHECK\nRuntimeError\nERR_CAFFE_CHECK\nRuntimeError\n');
  t.is(code, 0);
});

test('malloc that finds the heap corrupt ends the process, on every thread and inside a call of the package', async (t) => {
  // Another addon writes past the end of its memory, over the size of what the heap has left. malloc aborts with its
  // lock held, so a handler that allocates waits for ever.
  const addon = nativeLibrary(
    t,
    `#include <pthread.h>
    #include <stdlib.h>
    static void* corrupt(void* unused) {
      for (size_t size = 24; size < 2000; size += 16) for (int i = 0; i < 40; ++i) *(volatile char*)malloc(size) = 1;
      volatile char* last = malloc(100000);
      for (int i = 0; i < 101000; ++i) last[i] = 255;
      volatile char* next = malloc(100000);
      return next ? (void*)next : unused;
    }
    void corrupt_here(void) { corrupt(0); }
    void corrupt_elsewhere(void) {
      pthread_t thread;
      pthread_create(&thread, 0, corrupt, 0);
      pthread_join(thread, 0);
    }
    extern int napi_create_function(void*, const char*, size_t, void* (*)(void*, void*), void*, void**);
    extern int napi_set_named_property(void*, void*, const char*, void*);
    static void* here(void* env, void* info) { corrupt_here(); return 0; }
    static void* elsewhere(void* env, void* info) { corrupt_elsewhere(); return 0; }
    void* napi_register_module_v1(void* env, void* exports) {
      void* function;
      napi_create_function(env, "here", 4, here, 0, &function);
      napi_set_named_property(env, exports, "here", function);
      napi_create_function(env, "elsewhere", 9, elsewhere, 0, &function);
      napi_set_named_property(env, exports, "elsewhere", function);
      return exports;
    }`,
  );
  const load = `import { createRequire } from 'node:module';
    const other = createRequire(import.meta.url)(${JSON.stringify(addon)});`;
  for (const state of [
    'other.here();',
    'other.elsewhere();',
    `registerLayer('Corrupting', class { reshape(bottom, top) { top[0].reshapeLike(bottom[0]); } forward() { other.here(); } });
     new Net({ text: input(1, 1) + 'layer { name: "a" type: "Corrupting" bottom: "in" top: "a" }' }, 'test').forward();`,
  ]) {
    const { signal, output } = await run(`${load} ${nets} ${state}`);
    t.is(signal, 'SIGABRT', `${state}\n${output}`);
    t.regex(output, /malloc|corrupted/, state);
  }
});
