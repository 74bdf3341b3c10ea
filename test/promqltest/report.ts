/** The summary of a run: a line per file, every failure with its place, and the promises it is measured by. */
import type { CaseClass } from './classify.ts';
import type { CaseReport } from './runner.ts';

export interface FileReport {
  name: string;
  cases: CaseReport[];
}

const CLASSES: readonly CaseClass[] = ['stable float', 'experimental', 'native histogram'];

/** Lines for a person. */
export function summarize(files: readonly FileReport[], failuresShown: number): string[] {
  const lines: string[] = [];
  let shown = 0;
  for (const { name, cases } of files) {
    const failed = cases.filter(({ problem }) => problem !== null);
    lines.push(`${name}: ${cases.length} cases, ${failed.length} failed`);
    for (const { line, expr, problem, class: kind } of failed) {
      if (shown++ >= failuresShown) continue;
      lines.push(`  ${name}:${line} [${kind}] ${expr}`, `    ${problem ?? ''}`);
    }
  }
  const all = files.flatMap(({ cases }) => cases);
  for (const kind of CLASSES) {
    lines.push(
      share(
        kind,
        all.filter((one) => one.class === kind),
      ),
    );
  }
  lines.push(share('all', all));
  return lines;
}

function share(name: string, cases: readonly CaseReport[]): string {
  const passed = cases.filter(({ problem }) => problem === null).length;
  const percent = cases.length === 0 ? 100 : (100 * passed) / cases.length;
  // Rounded down: only a whole pass reads 100.
  return `${name}: ${passed} of ${cases.length} (${Math.floor(percent * 10) / 10} %)`;
}
