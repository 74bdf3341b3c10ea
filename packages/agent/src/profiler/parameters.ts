/** Parameters of a statement as text, where they may be shown. */
const MAX_TEXT = 1000;
const MAX_VALUES = 50;

export function parametersText(parameters: unknown): string {
  const values = Array.isArray(parameters) ? parameters.slice(0, MAX_VALUES) : parameters;
  try {
    return (JSON.stringify(values, plain) ?? '').slice(0, MAX_TEXT);
  } catch {
    return '(not printable)';
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return `(${value.length} bytes)`;
  return value;
}
