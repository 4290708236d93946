import { useEffect, useRef, useState } from 'preact/hooks';
import type { JSX } from 'preact';
import type { LayerDescription, LayerTimes } from '../messages.js';
import { getDrawing, getJson } from './connection.js';
import { Layer } from './layer.js';
import { sampled } from './model.js';
import { shortNumber, wholeNumber } from './numbers.js';
import { isDark } from './theme.js';

interface Net {
  name: string;
  layers: LayerDescription[];
  times: LayerTimes[];
  troubled: number[];
}

const shadings = ['type', 'time', 'size'] as const;
type Shading = (typeof shadings)[number];
const shadingNames: Record<Shading, string> = { type: 'Type', time: 'Time', size: 'Parameters' };

/** A drawing is made smaller so that it fits, but not beyond this. */
const leastZoom = 0.75;

const countOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** What a layer weighs in a shading. */
function weightOf({ layers, times }: Net, layer: number, shading: Shading): number {
  if (shading === 'time') return (times[layer]?.forward ?? 0) + (times[layer]?.backward ?? 0);
  return (layers[layer]?.blobs ?? []).reduce((sum, { shape }) => sum + countOf(shape), 0);
}

/** From the colour of paper to that of what weighs most. Sizes differ by orders of magnitude. */
function shadeOf(share: number): string {
  const [from, to] = isDark.value ? [28, 62] : [95, 66];
  return `oklch(${from + (to - from) * share}% ${0.02 + 0.13 * share} 55)`;
}

function textOf(net: Net, layer: number, shading: Shading): string {
  const weight = weightOf(net, layer, shading);
  return shading === 'time' ? `${shortNumber(weight)} ms` : `${wholeNumber(weight)} parameters`;
}

/** Colours the nodes of the layers, marks the chosen one, and those in trouble. */
function paint(drawing: SVGSVGElement, net: Net, shading: Shading, chosen: number): void {
  const most = Math.max(...net.layers.map((_, i) => weightOf(net, i, shading)), 1e-9);
  for (const [i, layer] of net.layers.entries()) {
    const node = drawing.querySelector(`[id="layer-${i}"]`);
    const shape = node?.querySelector<SVGElement>('polygon, path');
    if (!node || !shape) continue;
    const share = weightOf(net, i, shading) / most;
    shape.style.fill = shading === 'type' ? '' : shadeOf(shading === 'size' ? Math.sqrt(share) : share);
    node.classList.toggle('shaded', shading !== 'type');
    node.classList.toggle('chosen', i === chosen);
    node.classList.toggle('troubled', net.troubled.includes(i));
    const title = node.querySelector('title');
    if (title) title.textContent = `${layer.name}: ${textOf(net, i, shading === 'type' ? 'size' : shading)}`;
  }
}

function Drawing({
  net,
  shading,
  chosen,
  direction,
  onChoose,
}: {
  net: Net;
  shading: Shading;
  chosen: number;
  direction: 'LR' | 'TB';
  onChoose: (layer: number) => void;
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<SVGSVGElement | undefined>(undefined);
  const [zoom, setZoom] = useState(1);
  const [loaded, setLoaded] = useState('');
  useEffect(() => {
    let isWanted = true;
    getDrawing(direction).then(
      (svg) => {
        if (!isWanted) return;
        svg.setAttribute('role', 'img');
        svg.setAttribute('aria-label', `The layers of ${net.name}`);
        svg.querySelector('title')?.remove();
        place.current?.replaceChildren(svg);
        drawing.current = svg;
        const room = (place.current?.clientWidth ?? 0) - 28;
        setZoom(Math.min(1, Math.max(leastZoom, room / svg.viewBox.baseVal.width)));
        setLoaded(direction);
      },
      () => undefined, // the page says that the connection is lost
    );
    return () => {
      isWanted = false;
    };
  }, [direction]);
  useEffect(() => {
    if (drawing.current) paint(drawing.current, net, shading, chosen);
  }, [net, shading, chosen, loaded, isDark.value]);
  useEffect(() => {
    const svg = drawing.current;
    if (!svg) return;
    const { width, height } = svg.viewBox.baseVal;
    svg.setAttribute('width', String(width * zoom));
    svg.setAttribute('height', String(height * zoom));
  }, [zoom, loaded]);
  return (
    <div class="card drawing">
      <div class="zoom" role="group" aria-label="Size of the drawing">
        <button
          type="button"
          class="small"
          aria-label="Smaller"
          onClick={() => {
            setZoom(zoom / 1.25);
          }}
        >
          −
        </button>
        <button
          type="button"
          class="small"
          aria-label="Larger"
          onClick={() => {
            setZoom(zoom * 1.25);
          }}
        >
          +
        </button>
      </div>
      <div
        ref={place}
        class="scroll"
        tabIndex={0}
        role="region"
        aria-label="Drawing of the net"
        onClick={({ target }) => {
          const id = (target as Element).closest('[id^="layer-"]')?.id.slice('layer-'.length);
          if (id !== undefined) onChoose(Number(id));
        }}
      />
    </div>
  );
}

/** The net: its drawing, and the layer that has been chosen in it. */
export function NetView(): JSX.Element {
  const [net, setNet] = useState<Net | undefined>(undefined);
  const [shading, setShading] = useState<Shading>('time');
  const [direction, setDirection] = useState<'LR' | 'TB'>(innerWidth < 900 ? 'TB' : 'LR');
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const at = sampled.value;
  useEffect(() => {
    getJson<Net>('net').then(setNet, () => undefined);
  }, [at]);
  if (net === undefined) return <p class="empty card">The net is being fetched.</p>;
  const first = net.layers.findIndex(({ blobs }) => blobs.length > 0);
  const layer = chosen ?? Math.max(0, first);
  const description = net.layers[layer];
  return (
    <>
      <div class="toolbar">
        <fieldset class="segments">
          <legend>Colour</legend>
          {shadings.map((each) => (
            <label key={each} class={each === shading ? 'on' : ''}>
              <input
                type="radio"
                name="shading"
                checked={each === shading}
                onChange={() => {
                  setShading(each);
                }}
              />
              {shadingNames[each]}
            </label>
          ))}
        </fieldset>
        <fieldset class="segments">
          <legend>Direction</legend>
          {(['LR', 'TB'] as const).map((each) => (
            <label key={each} class={each === direction ? 'on' : ''}>
              <input
                type="radio"
                name="direction"
                checked={each === direction}
                onChange={() => {
                  setDirection(each);
                }}
              />
              {each === 'LR' ? 'Across' : 'Down'}
            </label>
          ))}
        </fieldset>
        <div class="pick">
          <label for="layer">Layer</label>
          <select
            id="layer"
            value={layer}
            onChange={({ currentTarget }) => {
              setChosen(Number(currentTarget.value));
            }}
          >
            {net.layers.map(({ name, type }, i) => (
              <option key={i} value={i}>{`${name} (${type})`}</option>
            ))}
          </select>
        </div>
        {net.troubled.length > 0 && (
          <p class="notice bad">
            NaN or infinite: {net.troubled.map((each) => net.layers[each]?.name ?? '').join(', ')}
          </p>
        )}
      </div>
      <div class={`net ${direction}`}>
        <Drawing net={net} shading={shading} chosen={layer} direction={direction} onChoose={setChosen} />
        {description !== undefined && <Layer layer={description} index={layer} times={net.times[layer]} />}
      </div>
    </>
  );
}
