import { readFields, type ParamValues } from './param-literal.js';
import { readYaml } from './param-yaml.js';

/**
 * Parses a `param_str`. It may be JSON, a Python dictionary, the fields of a prototxt, with or without braces, or YAML.
 *
 * @throws {SyntaxError} with the column where parsing fails
 */
export function readParamStr(paramStr: string): ParamValues {
  try {
    return readFields(paramStr);
  } catch (error) {
    const values = readYaml(paramStr);
    if (values === undefined) throw error;
    return values;
  }
}
