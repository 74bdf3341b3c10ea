/**
 * Runs a `.test` file against a target and reports every case.
 *
 * Model: commands run in order; each `clear`, and the beginning of a file, turns to a tenant that nobody has used, so nothing ever has
 * to be deleted. A case is one `eval` with its extra runs; it fails with the first difference.
 */
import { type Expr, parsePromql } from '@sightline/query';
import { Labels } from '@sightline/store';
import { type CaseClass, classify, type LoadedShape } from './classify.ts';
import { compareAnswer, compareVector } from './compare.ts';
import { type EvalCommand, type LoadCommand, type LoadedSeries, parseTestFile } from './format.ts';
import { classicToNative } from './nhcb.ts';
import { fitsRange, pinned } from './rerun.ts';
import type { Answer, Sample, SampleSeries, Target } from './target.ts';

export interface RunOptions {
  /** Distinguishes the tenants of one run; they become `<prefix>-<n>`. */
  tenantPrefix: string;
  /** Run instant queries again, pinned with `@`, at other times. */
  atRerun: boolean;
  /** Run instant queries again as a step of a range query. */
  rangeRerun: boolean;
}

export interface CaseReport {
  line: number;
  expr: string;
  class: CaseClass;
  /** null: passed. */
  problem: string | null;
}

/** Runs one file. Throws NotationError when the file itself cannot be read. */
export async function runFile(
  text: string,
  target: Target,
  options: RunOptions,
): Promise<CaseReport[]> {
  const commands = parseTestFile(text);
  const reports: CaseReport[] = [];
  let loaded: LoadedShape[] = [];
  let loadProblem: string | null = null;
  let tenants = 0;
  let tenant = `${options.tenantPrefix}-${tenants}`;
  for (const command of commands) {
    if (command.kind === 'clear') {
      loaded = [];
      loadProblem = null;
      tenant = `${options.tenantPrefix}-${++tenants}`;
    } else if (command.kind === 'load') {
      const series = command.withNhcb
        ? [...command.series, ...classicToNative(command.series)]
        : command.series;
      loaded.push(...series.map(shapeOf));
      try {
        await target.load(tenant, toSamples(command, series));
      } catch (error) {
        loadProblem = `the load of line ${command.line} failed: ${String(error)}`;
      }
    } else {
      const expr = tryParse(command.expr);
      const problem = loadProblem ?? (await runCase(command, expr, target, tenant, options));
      const { line, expr: text } = command;
      reports.push({ line, expr: text, class: classify(command, expr, loaded), problem });
    }
  }
  return reports;
}

function tryParse(text: string): Expr | null {
  try {
    return parsePromql(text);
  } catch {
    return null;
  }
}

function shapeOf({ labels, values, startOffsets }: LoadedSeries): LoadedShape {
  return {
    labels: Labels.fromPairs(labels),
    hasHistograms: values.some((value) => value?.h != null),
    hasStart: startOffsets.length > 0,
  };
}

function toSamples({ stepMs }: LoadCommand, series: readonly LoadedSeries[]): SampleSeries[] {
  return series.map(({ labels, values, startOffsets }) => {
    const samples: Sample[] = [];
    values.forEach((value, i) => {
      if (value === null) return;
      const t = i * stepMs;
      const start = startOffsets[i];
      const { v, stale, h } = value;
      samples.push({ t, v, stale, h, st: start == null ? 0 : t + start });
    });
    return { labels, samples };
  });
}

async function runCase(
  command: EvalCommand,
  expr: Expr | null,
  target: Target,
  tenant: string,
  options: RunOptions,
): Promise<string | null> {
  const { startMs, endMs, stepMs } = command;
  if (!command.instant) {
    const query = { kind: 'range', expr: command.expr, startMs, endMs, stepMs } as const;
    return compareAnswer(command, await target.query(tenant, query));
  }
  const query = { kind: 'instant', expr: command.expr, timeMs: startMs } as const;
  const problem = compareAnswer(command, await target.query(tenant, query));
  if (problem !== null || expr === null) return problem;
  const again = options.atRerun ? pinned(expr, startMs) : null;
  // The texts of annotations name places in the query as written: not those of the rewritten one.
  const bare: EvalCommand = {
    ...command,
    expectations: command.expectations.filter(({ kind }) => kind === 'fail'),
  };
  for (const timeMs of again?.timesMs ?? []) {
    const pinnedExpr = again?.expr ?? '';
    const answer = await target.query(tenant, { kind: 'instant', expr: pinnedExpr, timeMs });
    const difference = compareAnswer(bare, answer);
    if (difference !== null) return `pinned as ${pinnedExpr} at ${timeMs} ms: ${difference}`;
  }
  if (!options.rangeRerun || !fitsRangeRun(command, expr)) return null;
  return await rangeRun(bare, target, tenant);
}

function fitsRangeRun(command: EvalCommand, expr: Expr): boolean {
  if (command.ordered || command.text !== null || command.rangeVector !== null) return false;
  return fitsRange(expr) && !command.expectations.some(({ kind }) => kind === 'fail');
}

const MINUTE_MS = 60_000;

/** The middle of three steps must equal the instant result. */
async function rangeRun(
  command: EvalCommand,
  target: Target,
  tenant: string,
): Promise<string | null> {
  const { expr, startMs: timeMs } = command;
  const answer = await target.query(tenant, {
    kind: 'range',
    expr,
    startMs: timeMs - MINUTE_MS,
    endMs: timeMs + MINUTE_MS,
    stepMs: MINUTE_MS,
  });
  const difference = answer.ok ? compareMiddle(command, answer, timeMs) : answer.error;
  return difference === null ? null : `as a range query: ${difference}`;
}

function compareMiddle(
  command: EvalCommand,
  answer: Extract<Answer, { ok: true }>,
  timeMs: number,
): string | null {
  if (command.scalar !== null) {
    const points = answer.series[0]?.points ?? [];
    const scalars = points.filter(({ t }) => t === timeMs);
    return compareAnswer(command, { ...answer, type: 'scalar', scalars });
  }
  const series = answer.series
    .map(({ labels, points }) => ({ labels, points: points.filter(({ t }) => t === timeMs) }))
    .filter(({ points }) => points.length > 0);
  return compareVector(command, series);
}
