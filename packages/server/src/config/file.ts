/** The YAML file of settings, read into flat values that remember their line. */
import { readFileSync } from 'node:fs';
import { sectionNames, settingByKey, settings } from './keys.ts';
import type { ConfigProblem } from './problem.ts';
import { nearest } from './suggest.ts';

export interface FileValue {
  value: unknown;
  /** `sightline.yaml:3` */
  place: string;
}

export interface ConfigFile {
  values: Map<string, FileValue>;
  problems: ConfigProblem[];
  /** Place of the deepest part of the path that the file has. */
  placeOf(path: readonly (string | number)[]): string;
}

/** A configuration is written by hand; a file larger or deeper than this is none. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_DEPTH = 50;
const TOO_DEEP = `is nested deeper than ${MAX_DEPTH} levels`;

export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return unreadable(path, `cannot be read: ${reasonOf(error)}`);
  }
  if (text.length > MAX_FILE_BYTES) {
    return unreadable(path, 'is larger than 8 MiB');
  }
  return parseConfigFile(text, path);
}

function unreadable(path: string, message: string): ConfigFile {
  return { values: new Map(), problems: [problem(path, path, message)], placeOf: () => path };
}

export async function parseConfigFile(text: string, path: string): Promise<ConfigFile> {
  // Loaded only here: a process without a file saves the memory of the parser.
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number) => `${path}:${lines.linePos(offset).line}`;
  const file: ConfigFile = {
    values: new Map(),
    problems: [],
    placeOf: (wanted) => {
      for (let length = wanted.length; length > 0; length--) {
        const node = document.getIn(wanted.slice(0, length), true);
        if (yaml.isNode(node) && node.range) return lineOf(node.range[0]);
      }
      return path;
    },
  };
  const tooDeep = document.errors.find(({ message }) => message.includes('call stack'));
  if (tooDeep !== undefined) {
    // The parser's stack ended; what it says after that is of no use.
    file.problems.push(problem('the file', lineOf(tooDeep.pos[0]), TOO_DEEP));
    return file;
  }
  for (const error of document.errors) {
    file.problems.push(
      problem('the file', lineOf(error.pos[0]), `is not valid YAML: ${error.message}`),
    );
  }
  if (file.problems.length > 0 || document.contents === null) return file;

  const walk = (node: unknown, prefix: string): void => {
    if (!yaml.isMap(node)) {
      const what = prefix === '' ? 'the file' : prefix.slice(0, -1);
      const at = yaml.isNode(node) ? lineOf(node.range?.[0] ?? 0) : path;
      file.problems.push({ ...problem(what, at, 'must be a mapping of keys to values') });
      return;
    }
    for (const pair of node.items) {
      const name = yaml.isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
      const offset = yaml.isNode(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
      const key = prefix + name;
      if (settingByKey.has(key)) {
        const value = plainValue(() =>
          yaml.isNode(pair.value) ? pair.value.toJS(document) : null,
        );
        if ('problem' in value) {
          file.problems.push(problem(key, lineOf(offset), value.problem));
        } else if (value.value !== null) {
          // A key without a value is a setting left at its default.
          file.values.set(key, { value: value.value, place: lineOf(offset) });
        }
      } else if (sectionNames.has(key)) {
        if (!(yaml.isScalar(pair.value) && pair.value.value === null)) walk(pair.value, `${key}.`);
      } else {
        file.problems.push(unknownKey(key, lineOf(offset)));
      }
    }
  };
  walk(document.contents, '');
  return file;
}

/** The value of a node, unless its aliases or its depth make it more than a configuration can be. */
function plainValue(read: () => unknown): { value: unknown } | { problem: string } {
  try {
    const value = read();
    return isTooDeep(value) ? { problem: TOO_DEEP } : { value };
  } catch (error) {
    return { problem: `cannot be read: ${reasonOf(error)}` };
  }
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((one) =>
      typeof one === 'object' && one !== null ? Object.values(one) : [],
    );
  }
  return false;
}

function unknownKey(key: string, place: string): ConfigProblem {
  const names = [...settings.map((setting) => setting.key), ...sectionNames];
  return { ...problem(key, place, 'there is no such setting'), suggestion: nearest(key, names) };
}

function problem(subject: string, place: string, message: string): ConfigProblem {
  return { subject, place, message, allowed: '', suggestion: undefined };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
