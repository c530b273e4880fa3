import { ConfigParams } from 'pip-services3-commons-nodex';

/** Words that switch something off, though a template takes any text for true. */
const off = new Set(['', 'false', '0', 'no', 'off', 'f', 'n']);

/**
 * Parameters of the configuration's template, from the environment and then from `name=value`
 * pairs. A value that says "no" is left out, so that `MEMORY_ENABLED=false` means what it says;
 * one that would break the YAML it is put into is quoted.
 */
export function toParameters(
  environment: Readonly<Record<string, string | undefined>>,
  pairs: readonly string[] = [],
): ConfigParams {
  const parameters = new ConfigParams();
  for (const [name, value] of [...Object.entries(environment), ...pairs.map(toPair)]) {
    if (value === undefined || off.has(value.toLowerCase())) parameters.remove(name);
    else parameters.put(name, toYamlScalar(value));
  }
  return parameters;
}

function toPair(text: string): readonly [string, string] {
  const [name = '', ...value] = text.split('=');
  return [name, value.join('=')];
}

/** What ends or changes a plain scalar of YAML, or starts another kind of node. */
const special = /: |:$| #|[\n\r\t]|^[\s\-?:,[\]{}#&*!|>'"%@`]|\s$/;

function toYamlScalar(value: string): string {
  return special.test(value) ? JSON.stringify(value) : value;
}
