import { calls } from './targets/calls.js';
import * as files from './targets/files.js';
import * as layers from './targets/layers.js';
import { onnx } from './targets/onnx.js';
import { outside } from './targets/outside.js';
import * as prototxts from './targets/prototxts.js';
import { steps } from './targets/steps.js';
import type { Target } from './target.js';

export const targets: Record<string, Target> = { ...prototxts, ...files, ...layers, outside, steps, onnx, calls };
