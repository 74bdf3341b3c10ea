/** Texts of variables to values; a text that is none throws a ConfigError that says what is expected. */
export class ConfigError extends Error {}

export function booleanOf(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new ConfigError('must be true or false');
}

/** A whole number within bounds. */
export function wholeOf(text: string, min: number, max: number): number {
  const value = /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new ConfigError(`must be a whole number from ${min} to ${max}`);
}

/** An http or https address. */
export function urlOf(text: string): string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw new ConfigError('must be an address such as http://127.0.0.1:4318');
  }
  if (url.protocol === 'http:' || url.protocol === 'https:') return text.trim();
  throw new ConfigError('must begin with http:// or https://');
}

export function oneOf<T extends string>(text: string, choices: readonly T[]): T {
  const word = text.trim().toLowerCase();
  const found = choices.find((choice) => choice === word);
  if (found !== undefined) return found;
  throw new ConfigError(`must be ${choices.join(', ')}`);
}

/** Whether an exporter is switched on. */
export function isOtlp(text: string): boolean {
  const name = text.trim();
  if (name === 'otlp' || name === 'none') return name === 'otlp';
  throw new ConfigError('is neither otlp nor none');
}

/** `key=value,key=value`, values percent-encoded (W3C Baggage, as OTEL_RESOURCE_ATTRIBUTES and the headers have it). */
export function pairsOf(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of text.split(',')) {
    if (part.trim() === '') continue;
    const at = part.indexOf('=');
    const key = part.slice(0, at).trim();
    if (at < 0 || key === '') throw new ConfigError('must be a list such as key=value,key2=value2');
    pairs[key] = decoded(part.slice(at + 1).trim());
  }
  return pairs;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ConfigError('has a percent sign that is not followed by two hexadecimal digits');
  }
}

/** Pairs that can be headers. */
export function headersOf(text: string): Record<string, string> {
  const headers = pairsOf(text);
  for (const [name, value] of Object.entries(headers)) {
    if (!isHeader(name, value)) throw new ConfigError(`has ${name}, which cannot be a header`);
  }
  return headers;
}

/** As RFC 9110 has it: a token, and a value without control characters. */
export function isHeader(name: string, value: string): boolean {
  return /^[!#$%&'*+.^_`|~\w-]+$/.test(name) && !/[^\t\x20-\x7e\x80-\xff]/.test(value);
}
