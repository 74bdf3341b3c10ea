/**
 * The parsers that read JSON: `json`, `json name="path"` and `unpack`.
 *
 * Facts (Loki's documentation): nested keys are joined by `_`, arrays are left out, nulls too; with expressions an object or array is
 * its JSON text; `unpack` takes the strings of the top level, and `_entry` becomes the line. A line that is not an object gets
 * JSONParserErr; what was found before a fault stays.
 */
import type { EntryLabels } from './entry-labels.ts';
import { JsonScanError, JsonScanner } from './json-scan.ts';
import { labelName } from './names.ts';
import type { Wanted } from './wanted.ts';

const JSON_ERROR = 'JSONParserErr';

function scanning(line: string, labels: EntryLabels, scan: (scanner: JsonScanner) => void): void {
  const scanner = new JsonScanner(line);
  try {
    scanner.skipBlanks();
    if (scanner.text[scanner.at] !== '{') throw scanner.fail('expected a JSON object');
    scan(scanner);
    scanner.skipBlanks();
    if (scanner.at < line.length) throw scanner.fail('unexpected text behind the object');
  } catch (error) {
    if (!(error instanceof JsonScanError)) throw error;
    labels.fail(JSON_ERROR, error.message);
  }
}

/** Every value of the line becomes a label. */
export function parseJson(line: string, labels: EntryLabels, wanted: Wanted): void {
  scanning(line, labels, (scanner) => flatten(scanner, '', labels, wanted));
}

function flatten(scanner: JsonScanner, prefix: string, labels: EntryLabels, wanted: Wanted): void {
  scanner.object((key) => {
    const path = prefix === '' ? key : `${prefix}_${key}`;
    const kind = scanner.kind();
    if (kind === 'object') {
      flatten(scanner, path, labels, wanted);
      return;
    }
    const isValue = kind === 'string' || kind === 'scalar';
    const name = isValue ? labelName(path) : '';
    if (name === '' || (wanted !== null && !wanted.has(name))) {
      scanner.skip();
      return;
    }
    const value = kind === 'string' ? scanner.string() : scanner.scalar();
    if (value !== '') labels.extract(name, value);
  });
}

/** What is wanted below a value: labels for it, and for its members. */
interface PathNode {
  names: string[];
  children: Map<string | number, PathNode>;
}

/** Extracts by paths; all of them in one pass over the line. */
export function jsonExtractor(
  params: readonly { name: string; path: readonly (string | number)[] }[],
): (line: string, labels: EntryLabels) => void {
  const root: PathNode = { names: [], children: new Map() };
  for (const { name, path } of params) {
    let node = root;
    for (const part of path) {
      let child = node.children.get(part);
      if (child === undefined) {
        child = { names: [], children: new Map() };
        node.children.set(part, child);
      }
      node = child;
    }
    node.names.push(name);
  }
  return (line, labels) => {
    scanning(line, labels, (scanner) => walk(scanner, root, labels));
    // What was asked for is there, if only as an empty value.
    for (const { name } of params) labels.extract(name, '');
  };
}

function walk(scanner: JsonScanner, node: PathNode, labels: EntryLabels): void {
  const kind = scanner.kind();
  const start = scanner.at;
  const visit = (part: string | number): void => {
    const child = node.children.get(part);
    if (child === undefined) scanner.skip();
    else walk(scanner, child, labels);
  };
  if (kind === 'object') scanner.object(visit);
  else if (kind === 'array') scanner.array(visit);
  else if (kind === 'string' && node.names.length > 0) {
    const value = scanner.string();
    for (const name of node.names) labels.extract(name, value);
    return;
  } else scanner.skip();
  if (kind === 'null' || node.names.length === 0) return;
  const value = scanner.text.slice(start, scanner.at);
  for (const name of node.names) labels.extract(name, value);
}

const PACKED_LINE = '_entry';

/** The strings of the top level become labels. Returns the packed line, or the line itself. */
export function unpackJson(line: string, labels: EntryLabels): string {
  let entry = line;
  scanning(line, labels, (scanner) => {
    scanner.object((key) => {
      if (scanner.kind() !== 'string') {
        scanner.skip();
        return;
      }
      const value = scanner.string();
      if (key === PACKED_LINE) entry = value;
      else if (value !== '' && key !== '') labels.extract(labelName(key), value);
    });
  });
  return entry;
}
