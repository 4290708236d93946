import { Layer, type Blob } from 'tscaffe';

/** Numbers from 0 to 1 that fill it evenly and look random enough, the same in each run. */
const spread = (i: number, step: number): number => (i * step) % 1;

/**
 * Points of two half-moons that reach into each other. It stands for your own data.
 *
 * top[0]: batch x 2. top[1]: batch, which moon a point is of: 0 or 1. param_str: batch; first (0): the number of the
 * first point, so that tests have others than training.
 */
export class Moons extends Layer {
  override readonly exactNumBottomBlobs = 0;
  override readonly exactNumTopBlobs = 2;

  private batch = 0;
  private next = 0;

  override setup(): void {
    const { batch, first } = this.params({ batch: Number, first: 0 });
    this.batch = batch;
    this.next = first;
  }

  override reshape(_bottom: Blob[], [points, label]: Blob[]): void {
    points.reshape(this.batch, 2);
    label.reshape(this.batch);
  }

  override forward(_bottom: Blob[], [points, label]: Blob[]): void {
    const [xy, moons] = [points.data, label.data];
    for (let row = 0; row < this.batch; row++) {
      const i = this.next++;
      const angle = Math.PI * spread(i, 0.618034);
      const noise = 0.3 * (spread(i, 0.754878) - 0.5);
      const moon = i % 2;
      xy[2 * row] = (moon === 0 ? Math.cos(angle) : 1 - Math.cos(angle)) + noise;
      xy[2 * row + 1] = (moon === 0 ? Math.sin(angle) : 0.5 - Math.sin(angle)) - noise;
      moons[row] = moon;
    }
  }
}
