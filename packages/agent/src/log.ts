/** What the agent tells the people who run the application: on standard error, seldom. */
export const LOG_LEVELS = ['off', 'error', 'warn', 'info', 'debug'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Different things that may be told once. */
const MAX_TOLD = 200;

export class AgentLog {
  readonly #level: number;
  readonly #write: (line: string) => unknown;
  readonly #told = new Set<string>();

  constructor(
    level: LogLevel,
    write: (line: string) => unknown = (line) => process.stderr.write(line),
  ) {
    this.#level = LOG_LEVELS.indexOf(level);
    this.#write = write;
  }

  warn(text: string): void {
    this.#line('warn', text);
  }

  /** Told once per key until it is forgotten. */
  warnOnce(key: string, text: string): void {
    if (this.#told.has(key) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(key);
    this.warn(text);
  }

  forget(key: string): void {
    this.#told.delete(key);
  }

  info(text: string): void {
    this.#line('info', text);
  }

  debug(text: string): void {
    this.#line('debug', text);
  }

  #line(level: LogLevel, text: string): void {
    if (LOG_LEVELS.indexOf(level) > this.#level) return;
    try {
      this.#write(`sightline-agent: ${level}: ${text}\n`);
    } catch {
      // Nobody is listening.
    }
  }
}
