import { Layer, math, type Blob } from 'tscaffe';

/** loss = sum((a - b)^2) / (2 N), as examples/mnist/pyloss.ts. */
abstract class EuclideanLoss extends Layer {
  protected difference = new Float32Array();

  override reshape([a]: Blob[], [loss]: Blob[]): void {
    if (this.difference.length !== a.count) this.difference = new Float32Array(a.count);
    loss.reshape(1);
  }
}

export class LoopLoss extends EuclideanLoss {
  override forward([first, second]: Blob[], [loss]: Blob[]): void {
    const { difference } = this;
    const a = first.cpuData;
    const b = second.cpuData;
    let sum = 0;
    for (let i = 0; i < difference.length; i++) {
      const d = a[i] - b[i];
      difference[i] = d;
      sum += d * d;
    }
    loss.data[0] = sum / first.num / 2;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    const scale = loss.cpuDiff[0] / bottom[0].num;
    for (const [i, sign] of [1, -1].entries()) {
      if (propagateDown[i]) this.write(bottom[i].diff, sign * scale);
    }
  }

  private write(diff: Float32Array, scale: number): void {
    const { difference } = this;
    for (let i = 0; i < diff.length; i++) diff[i] = scale * difference[i];
  }
}

/** Elements that stay in the processor's cache from one step to the next: a quarter of a megabyte of each array. */
const piece = 65536;

export class MathLoss extends EuclideanLoss {
  override forward([first, second]: Blob[], [loss]: Blob[]): void {
    const a = first.cpuData;
    const b = second.cpuData;
    let sum = 0;
    for (let i = 0; i < a.length; i += piece) {
      const difference = this.difference.subarray(i, i + piece);
      math.sub(a.subarray(i, i + piece), b.subarray(i, i + piece), difference);
      sum += math.dot(difference, difference);
    }
    loss.data[0] = sum / first.num / 2;
  }

  override backward([loss]: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    const scale = loss.cpuDiff[0] / bottom[0].num;
    for (let i = 0; i < this.difference.length; i += piece) {
      const difference = this.difference.subarray(i, i + piece);
      if (propagateDown[0]) math.scale(scale, difference, bottom[0].diff.subarray(i, i + piece));
      if (propagateDown[1]) math.scale(-scale, difference, bottom[1].diff.subarray(i, i + piece));
    }
  }
}
