import { CaffeError } from '../error/caffe-error.js';
import { Net } from '../net/net.js';
import { toPrototxt } from '../proto/prototxt.js';
import type { caffe } from '../proto/schema.js';
import type { Report } from './prototxt.js';
import { candidatesFor } from './stand-ins.js';
import type { StateNet } from './state.js';

/** What is not there, or not readable here, is no fault of the text. */
function isElsewhere({ code, message }: CaffeError): boolean {
  return code === 'ERR_CAFFE_FILE' || (code === 'ERR_CAFFE_LAYER' && message.includes('was not found'));
}

/**
 * Builds the net of a state. Where Caffe refuses it, that is reported, unless the data are elsewhere and their shape
 * may be the reason.
 */
export async function build(net: caffe.NetParameter, subject: StateNet, file: string, report: Report): Promise<void> {
  const { phase, level, stages } = subject.state;
  const { name, forceBackward } = net;
  let refusal: unknown;
  for (const { layer, sizesAreKnown, isGuess } of candidatesFor(subject.layers.map(({ param }) => param))) {
    try {
      const text = toPrototxt({ name, forceBackward, layer });
      subject.net = await Net.create({ text, file }, phase, { level, stages: [...stages] });
      subject.sizesAreKnown = sizesAreKnown;
      return;
    } catch (error) {
      refusal ??= error;
      if (isGuess || (error instanceof CaffeError && isElsewhere(error))) return;
    }
  }
  reportRefusal(refusal, subject, file, report);
}

function reportRefusal(refusal: unknown, { layers }: StateNet, file: string, report: Report): void {
  const message = refusal instanceof Error ? refusal.message : String(refusal);
  const { layer: name } = refusal as Partial<CaffeError>;
  // What a layer in TypeScript throws comes as it is, without the layer's name.
  const own = refusal instanceof CaffeError ? [] : layers.filter(({ param }) => param.type === 'Python');
  const layer = layers.find(({ param }) => param.name === name) ?? (own.length === 1 ? own[0] : undefined);
  const [first = '', ...more] = message
    .replace(`${file}:`, '')
    .replace(/^(\d+:)* */, '')
    .split('\n');
  report('refused', layer?.field, first, more.join(' ').trim() || 'Caffe does not build the net');
}
