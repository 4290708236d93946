import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';

/** A canvas with pixels of its own, enlarged without smoothing. */
export function Picture({
  width,
  height,
  rgba,
  label,
}: {
  width: number;
  height: number;
  rgba: Uint8ClampedArray<ArrayBuffer>;
  label: string;
}): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [rgba, width, height]);
  return <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} class="picture" />;
}

/** Gray levels or colours as a canvas takes them. */
export function rgbaOf(pixels: Uint8ClampedArray, channels: 1 | 3): Uint8ClampedArray<ArrayBuffer> {
  const count = pixels.length / channels;
  const rgba = new Uint8ClampedArray(count * 4);
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < 3; channel++) {
      rgba[i * 4 + channel] = pixels[channels === 1 ? i : i * 3 + channel] ?? 0;
    }
    rgba[i * 4 + 3] = 255;
  }
  return rgba;
}
