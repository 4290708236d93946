import { join } from 'node:path';
import type { require as requireCompiled } from 'tsx/cjs/api';
import { CaffeError } from '../error/caffe-error.js';
import { packageFolder } from '../native/addon-file.js';
import { nodeModule, reachesEsModules, withThisCopy } from './this-copy.js';

const { createRequire } = nodeModule;
const require = createRequire(import.meta.url);

/** Whether a file is TypeScript, by its name. */
export function isTypeScript(path: string): boolean {
  return /\.[mc]?ts$/.test(path);
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null | undefined)?.code;

let compiler: typeof requireCompiled | undefined;

/**
 * Loads a module by tsx, which comes with this package, as CommonJS. It compiles the module and what that loads, and
 * nothing else of the process.
 *
 * @param otherwise - what is thrown where tsx is not there, as in a bundle that was moved
 */
function compile(path: string, otherwise: unknown): unknown {
  try {
    const here = createRequire(join(packageFolder, 'package.json'));
    compiler ??= (here('tsx/cjs/api') as { require: typeof requireCompiled }).require;
  } catch {
    throw otherwise;
  }
  return compiler(path, import.meta.url);
}

/**
 * What Node says of TypeScript that is more than types to strip, of TypeScript in node_modules, and of `./other.js`
 * where there is `./other.ts`. tsx takes all of that.
 */
const beyondNode = new Set<unknown>([
  'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
  'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
]);

/**
 * Whether whoever has started the program compiles what it requires: tsx and ts-node, or jest, whose `require` has
 * nothing of Node's.
 */
function isCompiledByOthers(): boolean {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- deprecated for adding loaders, not for asking
  const { extensions } = require;
  // The compiler of this file shows as well.
  return !('.js' in extensions) || (compiler === undefined && '.ts' in extensions);
}

function loadTypeScript(path: string, layer: string): unknown {
  if (isCompiledByOthers()) return require(path);
  if (!(process.features as { typescript?: unknown }).typescript) {
    const message =
      `layer module ${path} is TypeScript, which Node.js ${process.version} does not load by itself, and the package ` +
      'tsx, which would compile it, is not installed: npm install tsx, or take Node.js 22.18 or newer, or compile it';
    return compile(path, new CaffeError('ERR_CAFFE_LAYER', message, { layer }));
  }
  try {
    return require(path);
  } catch (error) {
    if (!beyondNode.has(codeOf(error))) throw error;
    return compile(path, error);
  }
}

function loadJavaScript(path: string): unknown {
  try {
    return require(path);
  } catch (error) {
    // An ES module in a folder without node_modules, which tsx makes CommonJS of.
    const lacksThisCopy = codeOf(error) === 'ERR_MODULE_NOT_FOUND' && (error as Error).message.includes("'tscaffe'");
    if (reachesEsModules || !lacksThisCopy) throw error;
    return compile(path, error);
  }
}

/**
 * Loads the module of a layer, in JavaScript or TypeScript. A module that has been loaded is not loaded again.
 *
 * @param layer - the layer's own name, for errors
 * @throws {CaffeError} ERR_CAFFE_LAYER if it is TypeScript, and nothing here can load that
 * @throws whatever the module throws while it loads, unchanged
 */
export function loadModule(path: string, layer: string): unknown {
  return withThisCopy(() => (isTypeScript(path) ? loadTypeScript(path, layer) : loadJavaScript(path)));
}

/** The key of a module in the cache of what was required. */
export function resolveModule(path: string): string {
  return require.resolve(path);
}
