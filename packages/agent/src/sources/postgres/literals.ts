/** Statements without the values of their users. */
import { tokens } from './tokens.ts';

/** The statement with `?` for every literal and without comments, blanks folded. */
export function hideLiterals(sql: string): string {
  let shown = '';
  let end = 0;
  for (const token of tokens(sql)) {
    if (shown !== '' && token.start > end) shown += ' ';
    end = token.end;
    if (token.kind === 'literal') shown += '?';
    else if (token.kind !== 'comment') shown += sql.slice(token.start, token.end);
  }
  return shown.trim();
}
