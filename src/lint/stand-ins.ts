import { existsSync, readFileSync } from 'node:fs';
import type { caffe } from '../proto/schema.js';

/** A net that can be built where its data are not. */
export interface Candidate {
  layer: object[];
  /** Whether all sizes of images in it are the real ones. */
  sizesAreKnown: boolean;
  /** Whether not only the size but all of a blob is a guess, as for HDF5. */
  isGuess: boolean;
}

/** What is known of the data of a layer without looking at them. */
interface DataShape {
  batch: number;
  channels?: number;
  height?: number;
  width?: number;
  isGuess?: boolean;
}

const guesses = [32, 28, 227].flatMap((size) => [3, 1, 2, 4].map((channels) => ({ size, channels })));

/** Whether the list of an ImageData layer is here, and its first image. */
function hasImages(param: caffe.ImageDataParameter.$Properties | null | undefined): boolean {
  const { source = '', rootFolder = '' } = param ?? {};
  if (!existsSync(source ?? '')) return false;
  const [, image = ''] = /^(.*) \S+\s*$/m.exec(readFileSync(source ?? '', 'utf8')) ?? [];
  return existsSync(`${rootFolder ?? ''}${image}`);
}

/** The shape of a data layer whose files are not here; undefined if they are, or if it needs none. */
function shapeOf(layer: caffe.LayerParameter): DataShape | undefined {
  const { type, dataParam, imageDataParam, windowDataParam, hdf5DataParam, transformParam } = layer;
  const { meanFile = '', meanValue = [], cropSize = 0, forceColor = false, forceGray = false } = transformParam ?? {};
  const isThere = (path: string | null | undefined): boolean => existsSync(path ?? '');
  const mean = meanFile === '' || isThere(meanFile);
  const channels = forceColor ? 3 : forceGray ? 1 : (meanValue?.length ?? 0) > 1 ? meanValue?.length : undefined;
  const transformed = {
    ...(channels === undefined ? {} : { channels }),
    ...(cropSize ? { height: cropSize, width: cropSize } : {}),
  };
  switch (type) {
    case 'Data':
      return mean && isThere(dataParam?.source) ? undefined : { batch: dataParam?.batchSize ?? 1, ...transformed };
    case 'ImageData': {
      if (mean && hasImages(imageDataParam)) return undefined;
      const { batchSize, newHeight: height, newWidth: width, isColor } = imageDataParam ?? {};
      const size = height && width ? { height, width } : {};
      return { batch: batchSize ?? 1, channels: isColor === false ? 1 : 3, ...size, ...transformed };
    }
    case 'WindowData':
      if (mean && isThere(windowDataParam?.source)) return undefined;
      return { batch: windowDataParam?.batchSize ?? 1, channels: 3, ...transformed };
    case 'HDF5Data':
      return isThere(hdf5DataParam?.source) ? undefined : { batch: hdf5DataParam?.batchSize ?? 1, isGuess: true };
    default:
      return undefined;
  }
}

function standIn(layer: caffe.LayerParameter, shape: DataShape, guess: (typeof guesses)[number]): object {
  const { name, top, include, exclude } = layer;
  const { batch, channels = guess.channels, height = guess.size, width = guess.size } = shape;
  const of = (_: string, i: number): object => ({ dim: i === 0 ? [batch, channels, height, width] : [batch] });
  return { name, type: 'DummyData', top, include, exclude, dummyDataParam: { shape: top.map(of) } };
}

/**
 * The nets to try for one: the net itself if its data are here. Else with DummyData in place of layers whose files are
 * not, of the shapes that are written in them; where nothing is, of usual ones, the likeliest first. A layer that would
 * write a file is replaced, too.
 */
export function* candidatesFor(layers: readonly caffe.LayerParameter[]): Generator<Candidate> {
  const shapes = layers.map(shapeOf);
  const missing = shapes.filter((shape) => shape !== undefined);
  const isGuess = missing.some((shape) => shape.isGuess);
  const sizesAreKnown = !isGuess && missing.every(({ height, width }) => height !== undefined && width !== undefined);
  const allAreKnown = sizesAreKnown && missing.every(({ channels }) => channels !== undefined);
  for (const guess of allAreKnown ? guesses.slice(0, 1) : guesses) {
    yield {
      layer: layers.map((layer, i) => {
        const shape = shapes[i];
        if (shape !== undefined) return standIn(layer, shape, guess);
        if (layer.type !== 'HDF5Output') return layer;
        const { name, bottom, include, exclude } = layer;
        return { name, type: 'Silence', bottom, include, exclude };
      }),
      sizesAreKnown,
      isGuess,
    };
  }
}
