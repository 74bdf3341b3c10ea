/**
 * New entries of the slow log.
 *
 * Model: entries have ascending ids, so what is above the last id seen is new; how many came is told by the ids even where the log
 * (slowlog-max-len) kept fewer. A lower id than before means that the server was restarted. The first collection only learns where it stands.
 */
import type { AgentEvent } from '../../source.ts';

const MAX_EVENTS = 20;
const MAX_KEY = 200;

export interface SlowEntry {
  readonly id: number;
  readonly micros: number;
  readonly command: string;
  readonly client: string;
}

export class SlowLog {
  #lastId: number | undefined;
  /** Entries that came since this source began. */
  total = 0;

  /** What is to be told of the reply of SLOWLOG GET, newest first. */
  take(reply: unknown): readonly SlowEntry[] {
    const entries = Array.isArray(reply) ? reply.flatMap(entryOf) : [];
    const newest = entries[0]?.id ?? -1;
    const last = this.#lastId;
    this.#lastId = newest < 0 ? (last ?? -1) : newest;
    if (last === undefined) return [];
    const from = newest >= 0 && newest < last ? -1 : last;
    this.total += Math.max(0, newest - from);
    return entries.filter(({ id }) => id > from).slice(0, MAX_EVENTS);
  }
}

export function slowLogCommand(): [string, ...string[]] {
  return ['SLOWLOG', 'GET', String(MAX_EVENTS)];
}

/** `[id, unix seconds, microseconds, [arguments], client address, client name]` */
function entryOf(value: unknown): SlowEntry[] {
  if (!Array.isArray(value)) return [];
  const [id, , micros, args, address, name] = value;
  if (typeof id !== 'number' || typeof micros !== 'number' || !Array.isArray(args)) return [];
  const client = [name, address].find((part) => typeof part === 'string' && part !== '');
  return [{ id, micros, command: shownCommand(args), client: String(client ?? '') }];
}

/** Commands whose second word says what they do. */
const WITH_SUBCOMMAND = new Set(
  'ACL CLIENT CLUSTER COMMAND CONFIG DEBUG FUNCTION LATENCY MEMORY MODULE OBJECT PUBSUB SCRIPT SLOWLOG XGROUP XINFO'.split(
    ' ',
  ),
);
/** Of those, the ones that name a key then. */
const KEY_AFTER_SUBCOMMAND = new Set(['MEMORY', 'OBJECT', 'XGROUP', 'XINFO']);
/** Commands whose first argument is no key: a script, a password, a message. */
const WITHOUT_KEY = new Set(
  'AUTH ECHO EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO HELLO MIGRATE PING PSYNC REPLICAOF SLAVEOF'.split(
    ' ',
  ),
);

/** The command and its key, with `?` for everything else. */
export function shownCommand(args: readonly unknown[]): string {
  const words = args.map(String);
  const name = (words[0] ?? '').toUpperCase();
  let shown = WITHOUT_KEY.has(name) ? 1 : 2;
  if (WITH_SUBCOMMAND.has(name)) shown = KEY_AFTER_SUBCOMMAND.has(name) ? 3 : 2;
  const kept = [name, ...words.slice(1, shown).map((word) => word.slice(0, MAX_KEY))];
  return words.length > shown ? `${kept.join(' ')} ?` : kept.join(' ');
}

export function slowCommandEvent({ micros, command, client }: SlowEntry): AgentEvent {
  const ms = micros / 1000;
  return {
    name: 'redis.slow_command',
    severity: 'warn',
    message: `${command.split(' ', 2).join(' ')} held Redis up for ${ms} ms.`,
    attributes: {
      'db.system.name': 'redis',
      'db.query.text': command,
      'db.operation.name': command.split(' ', 1)[0] ?? '',
      'redis.duration_ms': ms,
      'redis.client': client,
    },
  };
}
