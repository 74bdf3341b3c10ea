/** Numbers of the `.test` format, and the error of everything in it that cannot be read. */

export class NotationError extends Error {
  override readonly name = 'NotationError';
}

/** A number as the files write it: Go's floats, hexadecimal, Inf and NaN with signs. */
export function parseFloatText(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const body = text.replace(/^[+-]/, '').toLowerCase();
  if (body === 'inf') return sign * Number.POSITIVE_INFINITY;
  if (body === 'nan') return Number.NaN;
  const value = body === '' ? Number.NaN : Number(body.replaceAll('_', ''));
  if (Number.isNaN(value)) throw new NotationError(`bad number ${JSON.stringify(text)}`);
  return sign * value;
}
