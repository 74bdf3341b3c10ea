/** A pattern that RE2 refuses, with RE2's message. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}
