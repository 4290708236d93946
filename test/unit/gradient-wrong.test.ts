import test from 'ava';
import { Blob, checkGradient, GradientError, Layer, type GradientFailure, type LayerConstructor } from 'tscaffe';

/**
 * A loss without a fault: s · Σ (a - b)² / (2 N), with the learnable s of one element. Its derivatives: s · (a - b) / N
 * for a, the negative for b, Σ (a - b)² / (2 N) for s; all times the diff of the top.
 */
class ScaledDistance extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  override setup(): void {
    const scale = new Blob(1);
    scale.data.fill(2);
    this.blobs.push(scale);
  }

  override reshape(_bottom: Blob[], [loss]: Blob[]): void {
    loss.reshape();
  }

  distance([a, b]: Blob[]): number {
    return a.cpuData.reduce((sum, value, i) => sum + (value - b.cpuData[i]) ** 2, 0) / (2 * a.num);
  }

  override forward(bottom: Blob[], [loss]: Blob[]): void {
    loss.data[0] = this.blobs[0].cpuData[0] * this.distance(bottom);
  }

  /** The gradient's factor, before (a - b). */
  factor([loss]: Blob[], [a]: Blob[]): number {
    return (loss.cpuDiff[0] * this.blobs[0].cpuData[0]) / a.num;
  }

  override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    const [a, b] = bottom;
    const factor = this.factor(top, bottom);
    for (const [i, blob] of bottom.entries()) {
      if (!propagateDown[i]) continue;
      const { diff } = blob;
      const sign = i === 0 ? 1 : -1;
      for (let j = 0; j < diff.length; j++) diff[j] = sign * factor * (a.cpuData[j] - b.cpuData[j]);
    }
    this.blobs[0].diff[0] += top[0].cpuDiff[0] * this.distance(bottom);
  }
}

const bottoms = [
  [3, 2],
  [3, 2],
];

/** One wrong layer: what is found of it first, and in which words. */
function finds(
  title: string,
  layer: LayerConstructor,
  kind: GradientFailure['kind'],
  blob: string,
  message: RegExp,
): void {
  test(`checkGradient finds a layer that ${title}`, (t) => {
    const error = t.throws(() => checkGradient(layer, { bottoms }), { instanceOf: GradientError });
    const [first, ...others] = error.failures;
    t.like(first, { kind, blob }, first?.message);
    t.regex(first?.message ?? '', message);
    t.true(others.every((failure) => failure.kind === kind));
    t.true(error.message.includes(first?.message ?? '?'), error.message);
  });
}

test('checkGradient finds no fault with a right layer, and says how much it compared', (t) => {
  // 1 top element, by 6 + 6 + 1 values.
  t.is(checkGradient(ScaledDistance, { bottoms }).comparisons, 13);
});

finds(
  'forgets the 1 / N of its loss in backward',
  class ForgetsBatch extends ScaledDistance {
    override factor(top: Blob[], bottom: Blob[]): number {
      return super.factor(top, bottom) * bottom[0].num;
    }
  },
  'value',
  'bottom[0]',
  /^d top\[0\] \/ d bottom\[0\]\[0, 0\]: backward says -?[\d.]+, differences of forward -?[\d.]+ \(at -?[\d.]+\)$/,
);

test('the report says by which factor all derivatives are wrong', (t) => {
  class Doubles extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      super.backward(top, propagateDown, bottom);
      for (const [i, blob] of bottom.entries()) if (propagateDown[i]) blob.scaleDiff(2);
    }
  }
  t.throws(() => checkGradient(Doubles, { bottoms, check: { params: [] } }), {
    message:
      /layer "Doubles": 12 of 12 derivatives are wrong\n[^]*value is 2.00 times the numeric one in all of them\)/,
  });
});

test('a single wrong element is found and named, with both derivatives', (t) => {
  class OneElement extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      super.backward(top, propagateDown, bottom);
      if (propagateDown[1]) bottom[1].diff[3] += top[0].cpuDiff[0];
    }
  }
  const { failures } = t.throws(() => checkGradient(OneElement, { bottoms }), { instanceOf: GradientError });
  const [only, ...others] = failures;
  t.deepEqual(others, []);
  t.like(only, { kind: 'value', blob: 'bottom[1]', index: 3, top: 'top[0]', topIndex: 0 });
  t.true(Math.abs((only?.analytic ?? NaN) - (only?.numeric ?? NaN) - 1) < 1e-3, only?.message);
  t.regex(only?.message ?? '', /d top\[0\] \/ d bottom\[1\]\[1, 1\]/);
});

finds(
  'ignores the diff of its top, and so its loss_weight',
  class IgnoresTopDiff extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      const held = top[0].diff[0];
      top[0].diff[0] = 1;
      super.backward(top, propagateDown, bottom);
      top[0].diff[0] = held;
    }
  },
  'top-diff',
  'bottom[0]',
  /does not use top\[0\]\.diff: with three times the diff.*loss_weight/,
);

finds(
  'does not go by the diff of its top in proportion',
  class Squares extends ScaledDistance {
    override factor(top: Blob[], bottom: Blob[]): number {
      return super.factor(top, bottom) * top[0].cpuDiff[0];
    }
  },
  'top-diff',
  'bottom[0]',
  /is not proportional to top\[0\]\.diff/,
);

finds(
  'writes a diff that was not asked for',
  class Unasked extends ScaledDistance {
    override backward(top: Blob[], _propagateDown: boolean[], bottom: Blob[]): void {
      super.backward(top, [true, true], bottom);
    }
  },
  'unasked',
  'bottom[0]',
  /writes the diff of bottom\[0\]\[0, 0\] though propagateDown\[0\] is false/,
);

finds(
  'does not write every element of a diff',
  class Unwritten extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      const held = bottom[1].diff[4];
      super.backward(top, propagateDown, bottom);
      bottom[1].diff[4] = held;
    }
  },
  'unwritten',
  'bottom[1]',
  /leaves the diff of bottom\[1\]\[2, 0\] as it was/,
);

finds(
  'adds to the diff of a bottom',
  class Accumulates extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      const held = bottom.map((blob) => blob.cpuDiff.slice());
      super.backward(top, propagateDown, bottom);
      if (propagateDown[0]) bottom[0].diff.forEach((value, i, diff) => (diff[i] = value + held[0][i]));
    }
  },
  'accumulated',
  'bottom[0]',
  /adds to what the diff of bottom\[0\]\[0, 0\] held; it must assign.*and 5 more of its 6 elements/,
);

finds(
  'assigns the diff of a learnable blob',
  class Assigns extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      this.blobs[0].diff[0] = 0;
      super.backward(top, propagateDown, bottom);
    }
  },
  'assigned',
  'blobs[0]',
  /assigns the diff of blobs\[0\]\[0\]; it must add/,
);

finds(
  'forgets a learnable blob',
  class ForgetsBlob extends ScaledDistance {
    override backward(top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
      const held = this.blobs[0].diff[0];
      super.backward(top, propagateDown, bottom);
      this.blobs[0].diff[0] = held;
    }
  },
  'value',
  'blobs[0]',
  /d top\[0\] \/ d blobs\[0\]\[0\]: backward says 0\.00000, differences/,
);

finds(
  'leaves a part of its top as it was',
  class LeavesTop extends ScaledDistance {
    override reshape(_bottom: Blob[], [top]: Blob[]): void {
      top.reshape(2, 2);
    }
  },
  'unwritten',
  'top[0]',
  /forward leaves top\[0\]\[0, 1\] as it was.*and 2 more of its 4 elements/,
);

finds(
  'adds to what its top held',
  class AddsToTop extends ScaledDistance {
    override forward(bottom: Blob[], top: Blob[]): void {
      const held = top[0].data[0];
      super.forward(bottom, top);
      top[0].data[0] += held;
    }
  },
  'accumulated',
  'top[0]',
  /forward adds to what top\[0\] held; it must assign/,
);

finds(
  'multiplies by its loss_weight in forward',
  class WeighsForward extends ScaledDistance {
    override forward(bottom: Blob[], top: Blob[]): void {
      super.forward(bottom, top);
      top[0].data[0] *= this.layerParam.lossWeight?.[0] ?? 1;
    }
  },
  'loss-weight',
  'top[0]',
  /forward uses loss_weight .*with loss_weight 3.*Caffe multiplies by it/,
);

finds(
  'multiplies by its loss_weight twice in backward',
  class WeighsTwice extends ScaledDistance {
    override factor(top: Blob[], bottom: Blob[]): number {
      return super.factor(top, bottom) * (this.layerParam.lossWeight?.[0] ?? 1);
    }
  },
  'loss-weight',
  'bottom[0]',
  /backward uses loss_weight beside top\[0\]\.diff/,
);

finds(
  'writes over the loss_weight that its top keeps',
  class OverwritesWeight extends ScaledDistance {
    override forward(bottom: Blob[], top: Blob[]): void {
      super.forward(bottom, top);
      top[0].diff[0] = 1;
    }
  },
  'loss-weight',
  'top[0]',
  /writes top\[0\]\.diff, where Caffe keeps the loss_weight/,
);

finds(
  'changes its bottom',
  class ChangesBottom extends ScaledDistance {
    override forward(bottom: Blob[], top: Blob[]): void {
      super.forward(bottom, top);
      bottom[0].data[5] = 0;
    }
  },
  'bottom-changed',
  'bottom[0]',
  /forward changes bottom\[0\]\[2, 1\]/,
);

finds(
  'draws random numbers that do not follow the seed',
  class Random extends ScaledDistance {
    override forward(bottom: Blob[], top: Blob[]): void {
      super.forward(bottom, top);
      top[0].data[0] *= Math.random();
    }
  },
  'not-repeatable',
  'top[0]',
  /from the same bottoms/,
);

finds(
  'computes NaN',
  class ComputesNaN extends ScaledDistance {
    override forward(bottom: Blob[], [loss]: Blob[]): void {
      loss.data[0] = Math.sqrt(-1 - this.distance(bottom));
    }
  },
  'not-finite',
  'top[0]',
  /forward computes NaN for top\[0\]/,
);

test('a layer whose top ignores its bottom is found through the numeric derivative', (t) => {
  class Constant extends ScaledDistance {
    override forward(_bottom: Blob[], [loss]: Blob[]): void {
      loss.data[0] = 4;
    }
  }
  t.throws(() => checkGradient(Constant, { bottoms, check: { params: [] } }), {
    instanceOf: GradientError,
    message: /12 of 12/,
  });
});

test('checkGradient says what is wrong with its options', (t) => {
  t.throws(() => checkGradient(ScaledDistance, {} as never), {
    instanceOf: TypeError,
    message: /\{ bottoms: \[\.\.\.\] \}/,
  });
  t.throws(() => checkGradient(ScaledDistance, { bottoms, step: 0 }), { instanceOf: RangeError, message: /step/ });
  t.throws(() => checkGradient(ScaledDistance, { bottoms, objective: 'sum' as never }), { instanceOf: RangeError });
  t.throws(() => checkGradient(ScaledDistance, { bottoms, objective: 'loss' }), {
    instanceOf: RangeError,
    message: /lossWeight/,
  });
  t.throws(() => checkGradient(ScaledDistance, { bottoms, check: { bottoms: [2] } }), {
    instanceOf: RangeError,
    message: /from 0 to 1 for check\.bottoms\[0\]/,
  });
  t.throws(() => checkGradient(ScaledDistance, { bottoms, params: [[1], [2]] }), {
    instanceOf: RangeError,
    message: /params\[1\]/,
  });
  t.throws(() => checkGradient(ScaledDistance, { bottoms, check: { bottoms: [], params: [] } }), {
    instanceOf: RangeError,
  });
  t.throws(() => checkGradient(ScaledDistance, { bottoms: [{ shape: [2, 2], data: [1] }, [2, 2]] }), {
    instanceOf: RangeError,
    message: /Expected 4 values for bottoms\[0\], whose shape is \(2, 2\), but received 1/,
  });
  t.throws(() => checkGradient({ type: 'Input', inputParam: { shape: { dim: [1] } } }, { bottoms: [] }), {
    instanceOf: RangeError,
  });
});

test('the sum of squares and the loss may be differentiated instead of each element', (t) => {
  t.is(checkGradient(ScaledDistance, { bottoms, objective: 'squares' }).comparisons, 13);
  t.is(checkGradient({ type: ScaledDistance, lossWeight: 0.5 }, { bottoms, objective: 'loss' }).comparisons, 13);
  const softmax = checkGradient({ type: 'Softmax' }, { bottoms: [[2, 3]], objective: 'squares' });
  t.is(softmax.comparisons, 6);
});

test('values at a kink are left out and counted', (t) => {
  const data = [0, 0.005, -0.005, 0.5, -0.5];
  const at0 = { bottoms: [{ shape: [5], data }] };
  t.throws(() => checkGradient({ type: 'ReLU' }, at0), { instanceOf: GradientError });
  t.like(checkGradient({ type: 'ReLU' }, { ...at0, kinkRange: 0.01 }), { skipped: 3, comparisons: 10 });
});
