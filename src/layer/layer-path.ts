import { delimiter, resolve } from 'node:path';
import { expectStrings } from '../error/argument.js';

const variable = 'TSCAFFE_LAYER_PATH';

/**
 * Sets the only folders where layer modules are looked for: the classes that a prototxt names by `type: "Python"` and
 * `python_param`. Nothing outside of them is loaded, not even beside the prototxt. An empty list forbids layer modules.
 * Layers of registered types are not affected.
 *
 * It sets the environment variable `TSCAFFE_LAYER_PATH`, which means the same. So it also holds for workers and child
 * processes that start later.
 *
 * @param folders - relative ones belong to the working folder of now. `undefined` removes the limit: modules are looked
 * for in the folder of the prototxt, in the working folder and in that of the script
 * @throws {TypeError} if it is not an array of strings
 * @throws {RangeError} for a folder with a colon, which stands between the folders of `TSCAFFE_LAYER_PATH`
 */
export function setLayerPath(folders: readonly string[] | undefined): void {
  if (folders === undefined) {
    Reflect.deleteProperty(process.env, variable);
    return;
  }
  const absolute = expectStrings(folders, 'folders').map((folder) => resolve(folder));
  const unfit = absolute.find((folder) => folder.includes(delimiter));
  if (unfit !== undefined) {
    throw new RangeError(`Expected folders without "${delimiter}" for folders but received ${JSON.stringify(unfit)}`);
  }
  process.env[variable] = absolute.join(delimiter);
}

/** The folders of {@link setLayerPath} or `TSCAFFE_LAYER_PATH`; undefined if there is no such limit. */
export function layerPath(): readonly string[] | undefined {
  const folders = process.env[variable]?.split(delimiter).filter((folder) => folder !== '');
  return folders?.map((folder) => resolve(folder));
}
