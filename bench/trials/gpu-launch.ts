import { Blob, cuda, setMode } from 'tscaffe';
import { Stopwatch } from './stopwatch.js';

setMode('gpu');
const bursts = 200;
const burst = 200;
const source = 'extern "C" __global__ void nothing(const float* x, float* y, float a, int n) {}';
const kernel = cuda.compile(source, { name: 'nothing' });
const [x, y] = [new Blob(256), new Blob(256)];
const options = { grid: 1, block: 256 };
const launch = (): void => {
  for (let i = 0; i < burst; i++) {
    kernel.launch(options, [x.gpuData, y.mutableGpuData, cuda.f32(2), cuda.i32(256)]);
  }
};
for (let i = 0; i < bursts; i++) {
  launch();
  cuda.synchronize();
}
// The launches alone: the GPU is waited for outside of the clock.
const stopwatch = new Stopwatch();
let wall = 0;
for (let i = 0; i < bursts; i++) {
  const begin = process.hrtime.bigint();
  launch();
  wall += Number(process.hrtime.bigint() - begin);
  cuda.synchronize();
}
stopwatch.add('launch', wall / bursts / burst);
stopwatch.report();
