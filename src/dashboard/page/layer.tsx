import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Answer, LayerDescription, LayerTimes } from '../messages.js';
import type { BlobRecord } from '../server/blob-records.js';
import { bytesOf, getJson } from './connection.js';
import { Distribution } from './distribution.js';
import { sampled } from './model.js';
import { shapeText, shortNumber, wholeNumber } from './numbers.js';
import { Picture, rgbaOf } from './picture.js';

interface Blobs {
  records: BlobRecord[];
}

/** Pictures as they come over the wire. */
interface SentPictures {
  title: string;
  count: number;
  channels: 1 | 3;
  height: number;
  width: number;
  pixels: string;
}

type Shapes = LayerDescription['tops'];

function ShapeRows({ what, shapes }: { what: string; shapes: Shapes }): JSX.Element {
  return (
    <>
      {shapes.map(({ name, shape }) => (
        <tr key={`${what} ${name}`}>
          <th scope="row">{what}</th>
          <td>{name}</td>
          <td class="number">{shapeText(shape)}</td>
          <td class="number">{wholeNumber(shape.reduce((product, size) => product * size, 1))}</td>
        </tr>
      ))}
    </>
  );
}

function blobNameOf({ kind, index }: BlobRecord, { blobs, tops }: LayerDescription): string {
  return (kind === 'activation' ? tops : blobs)[index]?.name ?? String(index);
}

/** What the layer computes first, then each learnable blob with its gradient. */
function byBlob(a: BlobRecord, b: BlobRecord): number {
  const rank = ({ kind, index }: BlobRecord): number =>
    kind === 'activation' ? index - 1000 : 2 * index + (kind === 'weights' ? 0 : 1);
  return rank(a) - rank(b);
}

function PictureGrid({ pictures }: { pictures: SentPictures }): JSX.Element {
  const { title, count, channels, height, width, pixels } = pictures;
  const bytes = bytesOf(pixels);
  const size = height * width * channels;
  return (
    <section aria-label={title}>
      <h4>
        {title} <small>{`${count} of ${width} x ${height}`}</small>
      </h4>
      <div class={`pictures ${width <= 16 ? 'tiny' : ''}`}>
        {Array.from({ length: count }, (_, i) => (
          <Picture
            key={i}
            width={width}
            height={height}
            rgba={rgbaOf(bytes.subarray(i * size, (i + 1) * size), channels)}
            label={`${title}, ${i}`}
          />
        ))}
      </div>
    </section>
  );
}

/** Filters and feature maps, asked for when they are wanted: the solver must look for them. */
function PictureSection({ layer }: { layer: number }): JSX.Element {
  const [shown, setShown] = useState<SentPictures[] | string | undefined>(undefined);
  const load = (): void => {
    getJson<Answer>('pictures', { layer: String(layer) }).then(
      ({ value }) => {
        setShown(value as SentPictures[]);
      },
      (error: unknown) => {
        setShown((error as Error).message);
      },
    );
  };
  useEffect(() => {
    setShown(undefined);
    load();
  }, [layer]);
  return (
    <section class="picture-section">
      {typeof shown === 'string' && <p class="notice bad">{shown}</p>}
      {typeof shown === 'object' && shown.map((each) => <PictureGrid key={each.title} pictures={each} />)}
      {typeof shown === 'object' && shown.length > 0 && (
        <button type="button" class="small" onClick={load}>
          Refresh pictures
        </button>
      )}
    </section>
  );
}

/** All there is to know of a layer. */
export function Layer({
  layer,
  index,
  times,
}: {
  layer: LayerDescription;
  index: number;
  times: LayerTimes | undefined;
}): JSX.Element {
  const [records, setRecords] = useState<BlobRecord[]>([]);
  const at = sampled.value;
  useEffect(() => {
    let isWanted = true;
    getJson<Blobs>('blobs', { layer: String(index) }).then(
      (blobs) => {
        if (isWanted) setRecords(blobs.records);
      },
      () => undefined, // the page says that the connection is lost
    );
    return () => {
      isWanted = false;
    };
  }, [index, at]);
  const own = records.filter((record) => record.layer === index).sort(byBlob);
  return (
    <article class="card layer" aria-label={`Layer ${layer.name}`}>
      <h3>{layer.name}</h3>
      <p class="tags">
        <span>{layer.type}</span>
        {layer.engine !== 'caffe' && <span>{layer.engine}</span>}
        {times !== undefined && (
          <span>{`${shortNumber(times.forward)} ms forward, ${shortNumber(times.backward)} ms backward`}</span>
        )}
      </p>
      <table class="shapes">
        <thead>
          <tr>
            <th scope="col">Blob</th>
            <th scope="col">Name</th>
            <th scope="col" class="number">
              Shape
            </th>
            <th scope="col" class="number">
              Values
            </th>
          </tr>
        </thead>
        <tbody>
          <ShapeRows what="bottom" shapes={layer.bottoms} />
          <ShapeRows what="top" shapes={layer.tops} />
          <ShapeRows what="learned" shapes={layer.blobs} />
        </tbody>
      </table>
      {own.length === 0 && <p class="hint">Statistics come with the next sample of the blobs.</p>}
      <div class="distributions">
        {own.map((record) => (
          <Distribution key={`${record.kind} ${record.index}`} record={record} blob={blobNameOf(record, layer)} />
        ))}
      </div>
      <PictureSection layer={index} />
      <details open={own.length === 0}>
        <summary>Prototxt</summary>
        <pre tabIndex={0}>{layer.prototxt}</pre>
      </details>
    </article>
  );
}
