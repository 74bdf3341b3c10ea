/** Keeps mistakes of the agent's own from the application: they are told, and the agent goes on. */
import type { Timers } from './clock.ts';
import { errorText } from './error-text.ts';
import type { AgentLog } from './log.ts';

export class Guard {
  readonly #log: AgentLog;

  constructor(log: AgentLog) {
    this.#log = log;
  }

  run(what: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.failed(what, error);
    }
  }

  failed(what: string, error: unknown): void {
    const stack = error instanceof Error ? `\n${error.stack ?? ''}` : '';
    this.#log.warnOnce(`own ${what}`, `${what} has failed: ${errorText(error)}${stack}`);
  }

  /** Timers whose callbacks are guarded. */
  timers(timers: Timers): Timers {
    return {
      now: () => timers.now(),
      unixMs: () => timers.unixMs(),
      after: (ms, run) => timers.after(ms, () => this.run('a timer', run)),
    };
  }
}
