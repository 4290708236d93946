import { CaffeError, deviceCount, deviceQuery, getMode, setDevice, setMode } from 'tscaffe';
import { onGpu } from './gpu.js';

onGpu('the device says what it is', (t) => {
  const device = deviceQuery();
  t.deepEqual(device, { ...deviceQuery(device.device), freeBytes: device.freeBytes });
  t.true(device.name.length > 0);
  t.regex(device.computeCapability, /^\d+\.\d$/);
  t.is(device.warpSize, 32); // of every NVIDIA GPU so far
  t.true(device.freeBytes > 0 && device.freeBytes <= device.totalBytes);
  t.true(device.maxThreadsPerBlock >= 512);
});

onGpu('a device that is not there is an error that says how many there are, and the mode stays', (t) => {
  const count = deviceCount();
  for (const ask of [
    () => {
      setDevice(count);
    },
    () => deviceQuery(count),
  ]) {
    const error = t.throws(ask, { instanceOf: CaffeError, code: 'ERR_CAFFE_NO_GPU' });
    t.true(error?.message.includes(`device ${count} of ${count}`), error?.message);
  }
  t.is(getMode(), 'cpu');
});

onGpu('mode and device are chosen', (t) => {
  setMode('gpu');
  setDevice(0);
  t.is(getMode(), 'gpu');
  t.is(deviceQuery().device, 0);
});
