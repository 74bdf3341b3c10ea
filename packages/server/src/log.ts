/**
 * Messages of the process for people, one line each, on stderr.
 *
 * Invariants: nothing secret and no request body ever gets here; control characters are written as escapes, so that a name from outside
 * cannot forge a line.
 */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface Log {
  level: LogLevel;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** `write` takes whole lines; the default is stderr. */
export function createLog(
  level: LogLevel,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const log: Log = {
    level,
    debug: (message) => put('debug', message),
    info: (message) => put('info', message),
    warn: (message) => put('warn', message),
    error: (message) => put('error', message),
  };
  const put = (at: LogLevel, message: string) => {
    if (LOG_LEVELS.indexOf(at) < LOG_LEVELS.indexOf(log.level)) return;
    write(`${new Date().toISOString()} ${at.padEnd(5)} ${printable(message)}\n`);
  };
  return log;
}

function printable(text: string): string {
  return text.replace(/(?![\t\n])\p{Cc}/gu, (c) => {
    return `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
