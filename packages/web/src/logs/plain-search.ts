/**
 * A query for people who do not know LogQL: words, services, levels. Both ways: the words become LogQL, and a query is shown as words
 * as far as it can be said with them; the rest are chips that can be removed.
 *
 * Words: all must be in the line; `-word` must not; "in quotes" is taken exactly. A bare word of small letters matches any case;
 * with capitals or digits (ids) it is exact, which is also what the store's indexes are for.
 *
 * Invariant: buildPlain(plainOf(query)) asks the same as the query.
 */
import { levelNames, levelsLike } from './levels.ts';
import { everyService, sameMatcher, soundMatchers } from './query-edit.ts';
import type { LogQuery, Matcher, Stage } from './query-text.ts';

export interface PlainSearch {
  readonly text: string;
  /** Names of services; empty for all. */
  readonly services: readonly string[];
  /** Levels as levels.ts names them; empty for all. */
  readonly levels: readonly string[];
  readonly otherMatchers: readonly Matcher[];
  readonly otherStages: readonly Stage[];
}

const levelLabel = 'detected_level';
const serviceLabel = 'service_name';

/** What a query says in words, and what is left. */
export function plainOf(query: LogQuery): PlainSearch {
  const words: string[] = [];
  const otherStages: Stage[] = [];
  let levels: readonly string[] | undefined;
  let rewrites = false;
  for (const stage of query.stages) {
    // Behind a stage that may rewrite the line a filter means another text.
    const word = rewrites ? undefined : wordOf(stage);
    const chosen = levels === undefined && !rewrites ? levelsOf(stage) : undefined;
    if (word !== undefined) words.push(word);
    else if (chosen !== undefined) levels = chosen;
    else {
      otherStages.push(stage);
      if (stage.kind === 'other') rewrites = true;
    }
  }
  let services: readonly string[] | undefined;
  const otherMatchers: Matcher[] = [];
  for (const matcher of query.matchers) {
    const named = services === undefined ? servicesOf(matcher) : undefined;
    if (sameMatcher(matcher, everyService)) continue;
    if (named !== undefined) services = named;
    else otherMatchers.push(matcher);
  }
  return {
    text: words.join(' '),
    services: services ?? [],
    levels: levels ?? [],
    otherMatchers,
    otherStages,
  };
}

/** The query that a plain search stands for. */
export function buildPlain(plain: PlainSearch): LogQuery {
  const { services, levels } = plain;
  const service: readonly Matcher[] =
    services.length === 0 ? [] : [{ name: serviceLabel, ...oneOf(services) }];
  const all = levelNames.every((level) => levels.includes(level));
  const level: readonly Stage[] =
    levels.length === 0 || all
      ? []
      : [{ kind: 'label', name: levelLabel, ...oneOf(levelsLike(levels)) }];
  return {
    matchers: soundMatchers([...service, ...plain.otherMatchers]),
    stages: [...termsOf(plain.text), ...level, ...plain.otherStages],
  };
}

function oneOf(values: readonly string[]): { op: '=' | '=~'; value: string } {
  const [only = ''] = values;
  if (values.length === 1) return { op: '=', value: only };
  return { op: '=~', value: values.map(escapeRegex).join('|') };
}

/** The values that `=` or an alternation of plain texts allows; undefined for other expressions. */
function alternatives({ op, value }: Matcher): string[] | undefined {
  if (op === '=') return value === '' ? undefined : [value];
  if (op !== '=~') return undefined;
  const parts = value.split(/(?<!\\)\|/).map(unescapeRegex);
  const plain = parts.filter((part) => part !== undefined && part !== '');
  return plain.length === parts.length ? plain.filter((part) => part !== undefined) : undefined;
}

function servicesOf(matcher: Matcher): string[] | undefined {
  return matcher.name === serviceLabel ? alternatives(matcher) : undefined;
}

function levelsOf(stage: Stage): readonly string[] | undefined {
  if (stage.kind !== 'label' || stage.name !== levelLabel) return undefined;
  const written = alternatives(stage);
  if (written === undefined) return undefined;
  const levels = levelNames.filter((level) =>
    levelsLike([level]).every((one) => written.includes(one)),
  );
  // Names that are no level of ours, or only one spelling of a level, stay a chip.
  return levelsLike(levels).length === new Set(written).size ? levels : undefined;
}

function isCaseless(word: string): boolean {
  return word === word.toLowerCase() && word !== word.toUpperCase() && !/\d/.test(word);
}

function termsOf(text: string): Stage[] {
  const found = text.match(/-?"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  return found.map((word) => {
    const negated = word.length > 1 && word.startsWith('-');
    const bare = negated ? word.slice(1) : word;
    const quoted = /^"((?:[^"\\]|\\.)*)"$/s.exec(bare)?.[1];
    if (quoted !== undefined) {
      return { kind: 'line', op: negated ? '!=' : '|=', value: quoted.replace(/\\(.)/gs, '$1') };
    }
    return isCaseless(bare)
      ? { kind: 'line', op: negated ? '!~' : '|~', value: `(?i)${escapeRegex(bare)}` }
      : { kind: 'line', op: negated ? '!=' : '|=', value: bare };
  });
}

function wordOf(stage: Stage): string | undefined {
  if (stage.kind !== 'line' || stage.value === '') return undefined;
  const sign = stage.op.startsWith('!') ? '-' : '';
  if (stage.op === '|=' || stage.op === '!=') {
    const bare = /^[^\s"-]\S*$/.test(stage.value) && !isCaseless(stage.value);
    return sign + (bare ? stage.value : `"${stage.value.replace(/["\\]/g, '\\$&')}"`);
  }
  if (stage.op !== '|~' && stage.op !== '!~') return undefined;
  const word = stage.value.startsWith('(?i)') ? unescapeRegex(stage.value.slice(4)) : undefined;
  return word !== undefined && /^[^\s"-]\S*$/.test(word) && isCaseless(word)
    ? sign + word
    : undefined;
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** The text that an expression without special characters matches; undefined when it has some. */
function unescapeRegex(pattern: string): string | undefined {
  if (!/^(?:[^\\^$.*+?()[\]{}|]|\\[\\^$.*+?()[\]{}|])*$/.test(pattern)) return undefined;
  return pattern.replace(/\\(.)/g, '$1');
}
