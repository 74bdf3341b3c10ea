/**
 * The statements that were seen, bounded in number.
 *
 * Model: least frequently used with ageing: a statement's weight is its calls on top of the weight that the last victim had, so
 * that one that was used much long ago makes room in the end. What a victim has counted goes into `(other)`. A second bounded map leads from
 * texts as they were sent to statements, so that a text that comes again is not normalised again.
 *
 * Invariants: at most `max` statements besides `(other)`, at most TEXTS texts of at most MAX_TEXT characters, at most LABEL_SETS label sets.
 */
import type { Instrument, Point } from '../metrics.ts';
import type { LatencyHistogram } from '../tracking/latency-histogram.ts';
import { normalizeSql } from './normalize.ts';
import type { Dialect } from './sql-tokens.ts';
import { Statement } from './statement.ts';
import { type StatementLabels, statementLabels } from './statement-labels.ts';

const OTHER = '(other)';
const TEXTS = 1000;
const MAX_TEXT = 4096;
const LABEL_SETS = 200;

export class StatementTable {
  readonly #max: number;
  readonly #duration: Instrument;
  readonly #statements = new Map<string, Statement>();
  readonly #texts: Readonly<Record<Dialect, Map<string, Statement>>> = {
    postgresql: new Map(),
    mysql: new Map(),
    sqlite: new Map(),
  };
  readonly #other: Statement;
  /** Weight of the last victim. */
  #age = 0;
  evictions = 0;

  constructor(max: number, duration: Instrument) {
    this.#max = max;
    this.#duration = duration;
    const labels = { operation: OTHER, table: OTHER };
    this.#other = new Statement(OTHER, 'postgresql', labels, this.#point(labels), 0);
  }

  of(sql: string, system: Dialect): Statement {
    const texts = this.#texts[system];
    const known = texts.get(sql);
    if (known !== undefined && known.heir === undefined) return known;
    const statement = this.#enter(normalizeSql(sql, system), system);
    if (sql.length <= MAX_TEXT) {
      if (texts.size >= TEXTS) texts.delete(texts.keys().next().value ?? '');
      texts.set(sql, statement);
    }
    return statement;
  }

  list(): readonly Statement[] {
    // One that waits for its connection has not been called yet.
    return [...this.#statements.values(), this.#other].filter(({ calls }) => calls > 0);
  }

  #enter(text: string, system: Dialect): Statement {
    const key = keyOf(text, system);
    const known = this.#statements.get(key);
    if (known !== undefined) return known;
    const histogram = this.#statements.size >= this.#max ? this.#evict() : undefined;
    const labels = statementLabels(text);
    const statement = new Statement(
      text,
      system,
      labels,
      this.#point(labels),
      this.#age,
      histogram,
    );
    this.#statements.set(key, statement);
    return statement;
  }

  #evict(): LatencyHistogram | undefined {
    let victim: Statement | undefined;
    for (const statement of this.#statements.values()) {
      if (victim === undefined || statement.weight < victim.weight) victim = statement;
    }
    if (victim === undefined) return undefined;
    this.#statements.delete(keyOf(victim.text, victim.system));
    this.#age = victim.weight;
    this.evictions++;
    return this.#other.absorb(victim);
  }

  #point({ operation, table }: StatementLabels): Point {
    const full = this.#duration.points.length >= LABEL_SETS;
    const known = this.#duration.points.find(
      ({ attributes }) => attributes[0] === operation && attributes[1] === table,
    );
    return (
      known ?? (full ? this.#duration.point(OTHER, OTHER) : this.#duration.point(operation, table))
    );
  }
}

function keyOf(text: string, system: Dialect): string {
  return `${system} ${text}`;
}
