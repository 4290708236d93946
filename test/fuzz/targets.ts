import { calls } from './targets/calls.js';
import * as files from './targets/files.js';
import * as prototxts from './targets/prototxts.js';
import type { Target } from './target.js';

export const targets: Record<string, Target> = { ...prototxts, ...files, calls };
