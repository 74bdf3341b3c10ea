/** What is wrong with the configuration, told so that it can be put right without looking anything up. */
export interface ConfigProblem {
  /** What: the key, flag or variable as it was written. */
  subject: string;
  /** Where: `sightline.yaml:3`, `flag --http`, `variable SIGHTLINE_HTTP`; '' when it has no place. */
  place: string;
  message: string;
  /** What is allowed; '' when that says nothing more. */
  allowed: string;
  /** The name that may have been meant. */
  suggestion: string | undefined;
}

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** One problem in up to three lines. */
export function formatProblem(problem: ConfigProblem): string {
  const where = problem.place === '' ? '' : ` (${problem.place})`;
  let text = `${problem.subject}: ${problem.message}${where}`;
  if (problem.allowed !== '') text += `\n  allowed: ${problem.allowed}`;
  if (problem.suggestion !== undefined) text += `\n  did you mean ${problem.suggestion}?`;
  return text;
}
