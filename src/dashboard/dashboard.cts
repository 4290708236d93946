// What require('tscaffe/dashboard') gives: the very module that import gives. See ../index.cts.
import path = require('node:path');
import url = require('node:url');

const address = url.pathToFileURL(path.join(__dirname, 'dashboard.js')).href;
const loaded: unknown = (globalThis as Record<symbol, unknown>)[Symbol.for(address)];

module.exports = loaded ?? (require('./dashboard.js') as unknown);
