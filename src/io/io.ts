export { Database, type DatabaseBackend, type DatabaseOptions } from './database.js';
export { arrayToDatum, datumToArray, type DatumArray } from './datum.js';
