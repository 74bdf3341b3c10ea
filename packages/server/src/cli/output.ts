/** Exit codes and messages of the command line. */
export const DONE = 0;
export const FAILED = 1;
export const USAGE_ERROR = 2;

/** A message about what went wrong, on stderr. */
export function fail(message: string): void {
  process.stderr.write(`${emphasis('error:', process.stderr)} ${message}\n`);
}

/** Red where the stream is a terminal that takes colours (no-color.org). */
function emphasis(text: string, stream: NodeJS.WriteStream): string {
  const { NO_COLOR, TERM } = process.env;
  const isPlain = (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb' || !stream.isTTY;
  return isPlain ? text : `\u001b[31m${text}\u001b[39m`;
}

/** Data for the next program in a pipe. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
