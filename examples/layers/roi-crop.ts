import { Layer, type Blob } from 'tscaffe';

/** Between which two rows (or columns) of the image a sample lies, and how much of each it takes. */
interface Sample {
  low: number;
  high: number;
  share: number; // of the higher one
}

/**
 * Crops regions out of feature maps and brings them all to one size, by bilinear interpolation between the four nearest
 * values. M. Jaderberg et al., Spatial Transformer Networks, NIPS 2015, equation 5, with the grid of J. Huang et al.,
 * Speed/accuracy trade-offs for modern convolutional object detectors, CVPR 2017 (crop_and_resize): the corners of the
 * result are those of the region. Regions are taken as given: they have no gradient.
 *
 * bottom[0]: features, N x C x H x W. bottom[1]: regions, R x 5: image, left, top, right, bottom, in pixels of the
 * input image from 0, the last ones included. top[0]: R x C x height x width. What lies outside of the image takes the
 * value at its edge. param_str: height, width (must be given), spatialScale (1: pixels of features for one of the input
 * image).
 */
export class RoiCrop extends Layer {
  override readonly exactNumBottomBlobs = 2;
  override readonly exactNumTopBlobs = 1;

  private options = { height: 1, width: 1, spatialScale: 1 };

  override setup(): void {
    this.options = this.params({ height: Number, width: Number, spatialScale: 1 });
  }

  override reshape([features, regions]: Blob[], [top]: Blob[]): void {
    if (features.shape.length !== 4 || regions.count !== 5 * regions.shape[0]) {
      const shapes = `${features.shape.join(' x ')} and ${regions.shape.join(' x ')}`;
      throw new RangeError(`${this.name}: expected N x C x H x W and R x 5, but the bottoms are ${shapes}`);
    }
    top.reshape(regions.shape[0], features.shape[1], this.options.height, this.options.width);
  }

  override forward([features, regions]: Blob[], [top]: Blob[]): void {
    const x = features.cpuData;
    const y = top.data;
    this.forEachSample(features, regions, (to, image, row, column) => {
      const upper =
        x[image + row.low + column.low] * (1 - column.share) + x[image + row.low + column.high] * column.share;
      const lower =
        x[image + row.high + column.low] * (1 - column.share) + x[image + row.high + column.high] * column.share;
      y[to] = upper * (1 - row.share) + lower * row.share;
    });
  }

  override backward([top]: Blob[], propagateDown: boolean[], [features, regions]: Blob[]): void {
    if (propagateDown[1]) regions.diff.fill(0);
    if (!propagateDown[0]) return;
    const dy = top.cpuDiff;
    const dx = features.diff;
    dx.fill(0); // regions may overlap, so what follows adds
    this.forEachSample(features, regions, (from, image, row, column) => {
      const upper = dy[from] * (1 - row.share);
      const lower = dy[from] * row.share;
      dx[image + row.low + column.low] += upper * (1 - column.share);
      dx[image + row.low + column.high] += upper * column.share;
      dx[image + row.high + column.low] += lower * (1 - column.share);
      dx[image + row.high + column.high] += lower * column.share;
    });
  }

  override allowForceBackward(bottom: number): boolean {
    return bottom === 0;
  }

  /**
   * Calls `visit` for each element of the top: its place, where its channel of its image begins, and the rows (times W)
   * and columns that it is interpolated from.
   */
  private forEachSample(
    features: Blob,
    regions: Blob,
    visit: (element: number, channel: number, row: Sample, column: Sample) => void,
  ): void {
    const [images, channels, h, w] = features.shape;
    const { height, width, spatialScale } = this.options;
    const values = regions.cpuData;
    let element = 0;
    for (let r = 0; r < values.length; r += 5) {
      const image = values[r];
      if (!Number.isInteger(image) || image < 0 || image >= images) {
        throw new RangeError(`${this.name}: region ${r / 5} is of image ${image}, which is not in 0 ... ${images - 1}`);
      }
      const [left, upper, right, lower] = values.subarray(r + 1, r + 5).map((pixel) => pixel * spatialScale);
      const columns = samples(left, right, width, w, 1);
      const rows = samples(upper, lower, height, h, w);
      for (let c = 0; c < channels; c++) {
        const channel = (image * channels + c) * h * w;
        for (const row of rows) for (const column of columns) visit(element++, channel, row, column);
      }
    }
  }
}

/**
 * `count` samples from `first` to `last`, or the middle if it is one, of a line of `size` values that lie `stride`
 * apart.
 */
function samples(first: number, last: number, count: number, size: number, stride: number): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const at = count === 1 ? (first + last) / 2 : first + (i * (last - first)) / (count - 1);
    const inside = Math.min(Math.max(at, 0), size - 1);
    const low = Math.floor(inside);
    return { low: low * stride, high: Math.min(low + 1, size - 1) * stride, share: inside - low };
  });
}
