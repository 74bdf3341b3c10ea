/** What an answer means for what was sent (OTLP specification, "Failures" and "Throttling"). */
import type { Answer } from './post.ts';

export type Verdict = 'sent' | 'drop' | 'retry';

const FIRST_WAIT_MS = 1000;
const MOST_WAIT_MS = 60_000;
const MOST_ASKED_MS = 600_000;
/** A request that was answered with a server's error this often, over half an hour or more, is what is wrong. */
const MOST_ANSWERED = 30;

/** `attempts` were made, this one included. */
export function verdictOf({ status }: Answer, attempts: number): Verdict {
  if (status >= 200 && status < 300) return 'sent';
  if (status === 429) return 'retry';
  // 501: it will never be able to. A redirection is no answer to a POST either.
  if (status < 500 || status === 501) return 'drop';
  return attempts >= MOST_ANSWERED ? 'drop' : 'retry';
}

/**
 * Time to wait: what the server asked for, a second at the least (a server that asks for none, or for a time that has passed, is not to be
 * asked in a loop); else doubling with some chance so that senders spread. `random` is from 0 to 1.
 */
export function retryWaitMs(
  attempts: number,
  retryAfter: string | undefined,
  unixMs: number,
  random: number,
): number {
  const asked = retryAfter === undefined ? Number.NaN : askedMs(retryAfter, unixMs);
  if (asked >= 0) return Math.min(MOST_ASKED_MS, Math.max(FIRST_WAIT_MS, asked));
  const wait = Math.min(MOST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempts - 1, 16));
  return wait * (0.5 + random / 2);
}

/** Retry-After: seconds or a date. */
function askedMs(text: string, unixMs: number): number {
  if (/^\s*\d+\s*$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? Number.NaN : Math.max(0, at - unixMs);
}
