/** What kind of statement it is and which table it is about, as labels of metrics; of a normalised statement. */
const OPERATIONS: ReadonlySet<string> = new Set([
  ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'COPY', 'CALL', 'EXPLAIN'],
  ...['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'SAVEPOINT', 'RELEASE', 'SET', 'SHOW', 'PRAGMA'],
  ...['CREATE', 'ALTER', 'DROP', 'TRUNCATE', 'VACUUM', 'ANALYZE', 'LISTEN', 'NOTIFY', 'VALUES'],
]);
const OTHER_OPERATION = 'OTHER';
/** Words that stand between the operation and the name of its table. */
const BETWEEN: ReadonlySet<string> = new Set([
  ...[
    'INTO',
    'FROM',
    'TABLE',
    'ONLY',
    'IF',
    'NOT',
    'EXISTS',
    'INDEX',
    'ON',
    'UNIQUE',
    'CONCURRENTLY',
  ],
  ...['IGNORE', 'LOW_PRIORITY', 'OR', 'TEMPORARY', 'TEMP', 'UNLOGGED', 'VIEW', 'MATERIALIZED'],
]);
const MAX_TABLE = 100;

export interface StatementLabels {
  /** Upper case; `OTHER` for what is not known. */
  readonly operation: string;
  /** Without quotes; '' where there is none, or it is not plain. */
  readonly table: string;
}

export function statementLabels(normalized: string): StatementLabels {
  const words = normalized.split(' ', 400);
  const first = wordOf(words[0]).toUpperCase();
  const start = first === 'WITH' ? mainVerb(words) : 0;
  const operation = wordOf(words[start]).toUpperCase();
  if (!OPERATIONS.has(operation)) return { operation: OTHER_OPERATION, table: '' };
  const table =
    operation === 'SELECT' || operation === 'DELETE' || operation === 'EXPLAIN'
      ? tableAfterFrom(words, start)
      : tableAfterVerb(words, start);
  return { operation, table };
}

/** The first verb of a WITH statement that is in no parentheses. */
function mainVerb(words: readonly string[]): number {
  let depth = 0;
  for (const [index, word] of words.entries()) {
    if (depth === 0 && /^(SELECT|INSERT|UPDATE|DELETE|MERGE)$/i.test(word)) return index;
    depth += depthOf(word);
  }
  return 0;
}

/** The first FROM in the same parentheses as the verb that names a table, else the first anywhere that does. */
function tableAfterFrom(words: readonly string[], start: number): string {
  let depth = 0;
  let inner = '';
  for (let index = start; index < words.length; index++) {
    const word = words[index] ?? '';
    if (/^FROM$/i.test(word)) {
      const next = words[index + 1] ?? '';
      const table = tableName(/^ONLY$/i.test(next) ? words[index + 2] : next);
      if (table !== '' && depth <= 0) return table;
      inner ||= table;
    }
    depth += depthOf(word);
  }
  return inner;
}

function tableAfterVerb(words: readonly string[], start: number): string {
  let index = start + 1;
  while (BETWEEN.has((words[index] ?? '').toUpperCase())) index++;
  const verb = (words[start] ?? '').toUpperCase();
  return /^(INSERT|UPDATE|MERGE|REPLACE|COPY|CREATE|ALTER|DROP|TRUNCATE|VACUUM|ANALYZE)$/.test(verb)
    ? tableName(words[index])
    : '';
}

function tableName(word: string | undefined): string {
  const name = /^[\w$."`\u0080-\uffff]+/.exec(word ?? '')?.[0] ?? '';
  if (name.length < (word ?? '').replace(/[,();].*$/s, '').length) return '';
  return name.replaceAll(/["`]/g, '').slice(0, MAX_TABLE);
}

function wordOf(word: string | undefined): string {
  return /[A-Za-z]+/.exec(word ?? '')?.[0] ?? '';
}

function depthOf(word: string): number {
  let depth = 0;
  for (const letter of word) {
    if (letter === '(') depth++;
    else if (letter === ')') depth--;
  }
  return depth;
}
