import { useEffect, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { Answer, NetDescription } from '../messages.js';
import { bytesOf, getJson, postFile } from './connection.js';
import { percent, shortNumber, wholeNumber } from './numbers.js';
import { Picture } from './picture.js';

/** A verdict as it comes over the wire. */
interface Verdict {
  classes: { index: number; label: string; score: number }[];
  isProbability: boolean;
  saliency: string;
  seen: string;
  height: number;
  width: number;
}

/** What the net has seen, with what counted in it laid over. */
function overlay({ saliency, seen, height, width }: Verdict, strength: number): Uint8ClampedArray<ArrayBuffer> {
  const [heat, pixels] = [bytesOf(saliency), bytesOf(seen)];
  const size = height * width;
  const channels = pixels.length / size;
  const rgba = new Uint8ClampedArray(size * 4);
  const hot = [255, 96, 16];
  for (let i = 0; i < size; i++) {
    const share = strength * ((heat[i] ?? 0) / 255);
    for (let channel = 0; channel < 3; channel++) {
      const pixel = pixels[i * channels + (channels === 3 ? channel : 0)] ?? 0;
      rgba[i * 4 + channel] = pixel * (1 - share) + (hot[channel] ?? 0) * share;
    }
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}

function Result({ verdict, iter }: { verdict: Verdict; iter: number }): JSX.Element {
  const [strength, setStrength] = useState(0.85);
  const { classes, isProbability, height, width } = verdict;
  const most = isProbability ? 1 : Math.max(...classes.map(({ score }) => score), 1e-9);
  return (
    <div class="result">
      <figure>
        <Picture
          width={width}
          height={height}
          rgba={overlay(verdict, strength)}
          label="The image, and which pixels count"
        />
        <figcaption>
          <label class="slider">
            Saliency
            <input
              type="range"
              min="0"
              max="1"
              step="0.05"
              value={strength}
              onInput={({ currentTarget }) => {
                setStrength(Number(currentTarget.value));
              }}
            />
          </label>
        </figcaption>
      </figure>
      <div>
        <h3>
          {classes[0]?.label ?? ''} <small>{`with the weights of iteration ${wholeNumber(iter)}`}</small>
        </h3>
        <ol class="classes">
          {classes.map(({ index, label, score }) => (
            <li key={index}>
              <span>{label}</span>
              <meter min={0} max={most} value={Math.max(0, score)} aria-label={label} />
              <data value={String(score)}>{isProbability ? percent(score) : shortNumber(score)}</data>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

/** An image of the user's, and what the net says of it. */
export function TryIt(): JSX.Element {
  const [image, setImage] = useState<NetDescription['image']>(undefined);
  const [answer, setAnswer] = useState<{ verdict: Verdict; iter: number } | string | undefined>(undefined);
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    getJson<Pick<NetDescription, 'image'>>('net').then(
      (net) => {
        setImage(net.image);
      },
      () => undefined,
    );
  }, []);
  const classify = (file: Blob | undefined): void => {
    if (file === undefined) return;
    postFile<Answer>('classify', file).then(
      ({ iter, value }) => {
        setAnswer({ verdict: value as Verdict, iter });
      },
      (error: unknown) => {
        setAnswer((error as Error).message);
      },
    );
  };
  return (
    <div class="card try">
      <label
        class={`drop ${isOver ? 'over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => {
          setOver(false);
        }}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          classify(event.dataTransfer?.files[0]);
        }}
      >
        <strong>Drop an image here, or choose one</strong>
        {image !== undefined && <span>The net takes {image.how}.</span>}
        <input
          type="file"
          accept="image/*"
          aria-label="Image"
          onChange={({ currentTarget }) => {
            classify(currentTarget.files?.[0]);
          }}
        />
      </label>
      {typeof answer === 'string' && <p class="notice bad">{answer}</p>}
      {typeof answer === 'object' && <Result verdict={answer.verdict} iter={answer.iter} />}
    </div>
  );
}
