/** A value as a text; never throws, however odd the value. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    // An object that cannot be shown.
    return typeof value;
  }
}
