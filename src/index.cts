// What require('tscaffe') gives: the very module that import gives. A loader that turns ES modules into CommonJS, as
// tsx does for a layer module that Caffe asks for by name, would otherwise load a second copy beside the program's own,
// with a registry of its own.
import path = require('node:path');
import url = require('node:url');

const address = url.pathToFileURL(path.join(__dirname, 'index.js')).href;
const loaded: unknown = (globalThis as Record<symbol, unknown>)[Symbol.for(address)];

module.exports = loaded ?? (require('./index.js') as unknown);
