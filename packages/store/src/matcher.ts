/** A condition on one label, as PromQL and LogQL write it. A missing label counts as the empty string. */
export type MatchOp = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  name: string;
  op: MatchOp;
  /** Literal value, or an RE2 pattern that must match the whole value. */
  value: string;
}
