import { Layer, type Blob } from 'tscaffe';

/**
 * Turns class numbers into rows of 0 and 1 that can be subtracted from the scores of a net.
 *
 * bottom[0]: the labels, N numbers in 0 ... classes - 1. bottom[1]: the scores, N x classes; only their shape is used.
 * top[0]: N x classes, 1 in the column of the label and 0 elsewhere.
 */
export class label2one_hot extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  override reshape([label, scores]: Blob[], [rows]: Blob[]): void {
    if (label.count !== scores.shape[0]) {
      throw new RangeError(`${this.name}: ${label.count} labels for ${scores.shape[0]} rows of scores`);
    }
    // A blob has as many axes as it is given. The scores of an InnerProduct layer have two, N x classes, and so has
    // this top; N x C x H x W is only the habit of images.
    rows.reshapeLike(scores);
  }

  override forward([label, scores]: Blob[], [rows]: Blob[]): void {
    const labels = label.cpuData;
    const ones = rows.data;
    const classes = scores.count / labels.length;
    // The top still holds the ones of the last batch: Caffe never clears a blob, a forward writes every element itself.
    ones.fill(0);
    for (let n = 0; n < labels.length; n++) {
      const column = labels[n];
      if (!Number.isInteger(column) || column < 0 || column >= classes) {
        throw new RangeError(`${this.name}: label ${column} of image ${n} is no class of 0 ... ${classes - 1}`);
      }
      ones[n * classes + column] = 1;
    }
  }

  override backward(_top: Blob[], propagateDown: boolean[], bottom: Blob[]): void {
    // Labels have no gradient. Caffe asks for one with respect to the scores all the same, because learnable layers
    // stand below them and it cannot know that only their shape was used. It is 0.
    for (const [i, blob] of bottom.entries()) {
      if (propagateDown[i]) blob.diff.fill(0);
    }
  }
}
