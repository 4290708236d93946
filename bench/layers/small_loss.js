import { Layer } from 'tscaffe';

/** JavaScript, so that the process whose memory is measured compiles nothing. */
export class SmallLoss extends Layer {
  reshape(bottom, [loss]) {
    loss.reshape(1);
  }

  forward([a, b], [loss]) {
    const x = a.cpuData;
    const y = b.cpuData;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i] - y[i]) ** 2;
    loss.data[0] = sum / a.num / 2;
  }

  backward([loss], propagateDown, [a, b]) {
    const scale = loss.cpuDiff[0] / a.num;
    const x = a.cpuData;
    const y = b.cpuData;
    const dx = a.diff;
    for (let i = 0; i < dx.length; i++) dx[i] = scale * (x[i] - y[i]);
  }
}
