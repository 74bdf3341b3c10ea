/**
 * IP addresses in labels and lines: a single address, a network (`10.0.0.0/8`) or a range (`10.0.0.1-10.0.0.9`).
 *
 * Model: an address is eight 16-bit groups, version 4 in its mapped form (`::ffff:a.b.c.d`); a pattern is an interval of
 * addresses of one version.
 */
interface IpPattern {
  low: readonly number[];
  high: readonly number[];
}

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;
const GROUP = /^[0-9a-fA-F]{1,4}$/;
/** Longest text of an address: eight groups, the last two dotted. */
const MAX_LENGTH = 45;

/** The eight groups of an address, or null. */
function parseAddress(text: string): number[] | null {
  if (text.length > MAX_LENGTH) return null;
  const v4 = parseV4(text);
  if (v4 !== null) return [0, 0, 0, 0, 0, 0xffff, ...v4];
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return null;
  const head = groups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail];
}

function parseV4(text: string): number[] | null {
  const match = V4.exec(text);
  if (match === null) return null;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1).map(Number);
  return a > 255 || b > 255 || c > 255 || d > 255 ? null : [a * 256 + b, c * 256 + d];
}

function groups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === '') return [];
  const found: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    const v4 = mayEndInV4 && i === parts.length - 1 ? parseV4(part) : null;
    if (v4 !== null) found.push(...v4);
    else if (GROUP.test(part)) found.push(Number.parseInt(part, 16));
    else return null;
  }
  return found;
}

function isV4(address: readonly number[]): boolean {
  return address[5] === 0xffff && address.slice(0, 5).every((group) => group === 0);
}

/** null when the text is no pattern. */
export function parseIpPattern(text: string): IpPattern | null {
  const slash = text.indexOf('/');
  if (slash >= 0) return network(text.slice(0, slash), text.slice(slash + 1));
  const dash = text.indexOf('-');
  const low = parseAddress(dash < 0 ? text : text.slice(0, dash).trim());
  const high = dash < 0 ? low : parseAddress(text.slice(dash + 1).trim());
  if (low === null || high === null || isV4(low) !== isV4(high)) return null;
  return { low, high };
}

function network(address: string, bits: string): IpPattern | null {
  const parsed = parseAddress(address);
  if (parsed === null || !/^\d{1,3}$/.test(bits)) return null;
  const fixed = Number(bits) + (isV4(parsed) ? 96 : 0);
  if (fixed > 128) return null;
  const low: number[] = [];
  const high: number[] = [];
  for (const [i, group] of parsed.entries()) {
    const free = Math.min(16, Math.max(0, (i + 1) * 16 - fixed));
    const mask = (1 << free) - 1;
    low.push(group & ~mask & 0xffff);
    high.push(group | mask);
  }
  return { low, high };
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 8; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a text is an address that lies in the pattern; null when it is no address. */
export function matchesIp(pattern: IpPattern, text: string): boolean | null {
  const address = parseAddress(text);
  if (address === null) return null;
  return compare(address, pattern.low) >= 0 && compare(address, pattern.high) <= 0;
}

const CANDIDATE = /[0-9a-fA-F.:]+/g;
/** No address with a port is longer; keeps lines of nothing but digits cheap. */
const MAX_CANDIDATE = 64;

/** Whether a line holds an address of the pattern. */
export function lineHasIp(pattern: IpPattern, line: string): boolean {
  for (const [found] of line.matchAll(CANDIDATE)) {
    if (found.length < 2 || found.length > MAX_CANDIDATE) continue;
    const text = found.replace(/[.:]+$/, '');
    if (matchesIp(pattern, text) === true) return true;
    // An address of version 4 with its port.
    const colon = text.indexOf(':');
    if (colon > 0 && matchesIp(pattern, text.slice(0, colon)) === true) return true;
  }
  return false;
}
