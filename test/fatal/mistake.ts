import test from 'ava';
import { CaffeError, onLog, type CaffeErrorCode } from 'tscaffe';
import { scratchFolder } from '../scratch-folder.js';
import { assertGoodTraining } from './good-net.js';

/** What would end the process of a program that uses Caffe itself. */
export interface Mistake {
  /** As the title of a test says it. */
  what: string;
  /** Makes the mistake; `folder` is empty and its own. */
  make: (folder: string) => unknown;
  code?: CaffeErrorCode;
  /** Caffe's whole text, or ours where Caffe is not asked; FOLDER stands for the folder. */
  text: string;
  file?: string | undefined;
  line?: number | undefined;
  layer?: string | undefined;
  during?: string | undefined;
}

// A libcaffe with more layers or other line numbers is as good: texts are compared without the list of known types.
const knownTypes = /\(known types: [^)]*\)/;

/** One test each: the mistake is an error that says all that is known, and the process goes on to train a good net. */
export function testMistakes(mistakes: readonly Mistake[]): void {
  // Caffe warns of some things that it then refuses.
  onLog(() => undefined);
  for (const { what, make, code = 'ERR_CAFFE_CHECK', text, file, line, layer, during } of mistakes) {
    test(`${what} is ${code}`, (t) => {
      const folder = scratchFolder(t);
      const error = t.throws(() => make(folder), { instanceOf: CaffeError, code }) as CaffeError | undefined;
      const expected = text.replaceAll('FOLDER', folder);
      const place = { file: error?.file, line: error?.line, layer: error?.layer, during: error?.during };
      t.deepEqual(place, { file: file?.replaceAll('FOLDER', folder), line, layer, during });
      if (error?.check !== undefined) {
        t.is(error?.check?.replace(knownTypes, '(known types)'), expected);
        t.true(error?.message.includes((error.check ?? '?').trim()));
      } else {
        // Node adds the path that it was given, which may be one aside.
        t.true(error?.message.replace(/, (open|rename) '[^']*'.*/, '').endsWith(expected), error?.message);
      }
      assertGoodTraining(t);
    });
  }
}
