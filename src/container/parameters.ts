import { ConfigParams } from 'pip-services3-commons-nodex';
import { invalidConfig } from '../errors/makers.js';

/** Words that switch something off, though a template takes any text for true. */
const off = new Set(['0', 'no', 'off', 'f', 'n']);
/** Names of switches; for others `0` is a number like any other. */
const isSwitch = /_ENABLED$/;

/**
 * Parameters of the configuration's template, from the environment and then from `name=value`
 * pairs. An empty value, `false`, and any word for "no" of a switch (`…_ENABLED`) are left out, so
 * that `MEMORY_ENABLED=false` means what it says; a value that would break the YAML it is put into
 * is quoted.
 */
export function toParameters(
  environment: Readonly<Record<string, string | undefined>>,
  pairs: readonly string[] = [],
): ConfigParams {
  const parameters = new ConfigParams();
  for (const [name, value] of [...Object.entries(environment), ...pairs.map(toPair)]) {
    if (value === undefined || saysNo(name, value.toLowerCase())) parameters.remove(name);
    else parameters.put(name, toYamlScalar(value));
  }
  return parameters;
}

function saysNo(name: string, value: string): boolean {
  return value === '' || value === 'false' || (isSwitch.test(name) && off.has(value));
}

function toPair(text: string): readonly [string, string] {
  const [name = '', ...value] = text.split('=');
  if (value.length === 0) throw invalidConfig(`--param ${text}`, 'is not name=value');
  return [name, value.join('=')];
}

/** What ends or changes a plain scalar of YAML, or starts another kind of node. */
const special = /: |:$| #|[\n\r\t]|^[\s\-?:,[\]{}#&*!|>'"%@`]|\s$/;

/** What YAML reads as nothing, as another number than it is written as, or as a date. */
const reinterpreted =
  /^(?:~|null|[-+.]?(?:inf|nan)|[-+]?(?:0x[\da-f_]+|0o?[0-7_]+|0b[01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[-+]?\d+)?|\d+(?::\d+)+)|\d{4}-\d\d?-\d\d?.*)$/i;
const plainNumber = /^-?(?:0|[1-9]\d*)$/;

function toYamlScalar(value: string): string {
  const isPlain = plainNumber.test(value) || !(special.test(value) || reinterpreted.test(value));
  return isPlain ? value : JSON.stringify(value);
}
