/**
 * From discovered addresses to targets: defaults, relabelling, the request's URL (prometheus/scrape/target.go, PopulateLabels).
 *
 * Model: a discovered label set gets `job`, `__scheme__`, `__metrics_path__`, `__scrape_interval__`, `__scrape_timeout__` and `__param_*`
 * where it has none, passes `relabel_configs`, and becomes a target: labels that begin with `__` direct the scrape, the others
 * are added to every series. As in Prometheus 3, no default port is added to an address.
 */

import { formatDurationMs, parseDurationMs } from '../../config/duration.ts';
import type { ScrapeConfig } from '../../config/scrape.ts';
import { relabel } from './relabel.ts';

/** What discovery found: one set of labels per target, `__address__` among them. */
export type DiscoveredLabels = ReadonlyMap<string, string>;

export interface ScrapeTarget {
  /** Equal for equal targets. */
  key: string;
  discoveredLabels: DiscoveredLabels;
  /** Labels that every series gets. */
  labels: ReadonlyMap<string, string>;
  url: string;
  intervalMs: number;
  timeoutMs: number;
}

export interface Targets {
  active: ScrapeTarget[];
  /** Discovered labels of the targets that relabelling dropped. */
  dropped: DiscoveredLabels[];
  /** Targets that are none, and why. */
  problems: string[];
}

/** Problems that are kept; a broken rule breaks every target in the same way. */
const MAX_PROBLEMS = 10;

export function buildTargets(
  config: ScrapeConfig,
  discovered: readonly DiscoveredLabels[],
): Targets {
  const active = new Map<string, ScrapeTarget>();
  const targets: Targets = { active: [], dropped: [], problems: [] };
  for (const found of discovered) {
    const labels = withDefaults(config, found);
    const before = new Map(labels);
    if (!relabel(labels, config.relabel)) {
      targets.dropped.push(before);
      continue;
    }
    try {
      const target = toTarget(config, labels, before);
      active.set(target.key, target);
    } catch (error) {
      if (!(error instanceof TargetProblem)) throw error;
      if (targets.problems.length < MAX_PROBLEMS) {
        targets.problems.push(`${before.get('__address__')}: ${error.message}`);
      }
    }
  }
  targets.active = [...active.values()];
  return targets;
}

class TargetProblem extends Error {
  override readonly name = 'TargetProblem';
}

function withDefaults(config: ScrapeConfig, found: DiscoveredLabels): Map<string, string> {
  const defaults: [string, string][] = [
    ['job', config.jobName],
    ['__scrape_interval__', formatDurationMs(config.scrapeIntervalMs)],
    ['__scrape_timeout__', formatDurationMs(config.scrapeTimeoutMs)],
    ['__metrics_path__', config.metricsPath],
    ['__scheme__', config.scheme],
  ];
  const labels = new Map(found);
  for (const [name, value] of defaults) {
    if ((labels.get(name) ?? '') === '') labels.set(name, value);
  }
  for (const [name, [first]] of Object.entries(config.params)) {
    if (first !== undefined) labels.set(`__param_${name}`, first);
  }
  return labels;
}

function toTarget(
  config: ScrapeConfig,
  labels: Map<string, string>,
  discoveredLabels: DiscoveredLabels,
): ScrapeTarget {
  const address = labels.get('__address__') ?? '';
  if (address === '') throw new TargetProblem('no address');
  if (address.includes('/')) throw new TargetProblem(`"${address}" is not a valid host:port`);
  const intervalMs = positiveDuration(labels, '__scrape_interval__');
  const timeoutMs = positiveDuration(labels, '__scrape_timeout__');
  if (timeoutMs > intervalMs) {
    throw new TargetProblem('the scrape timeout is greater than the scrape interval');
  }
  if (!labels.has('instance')) labels.set('instance', address);
  const shown = [...labels].filter(([name]) => !name.startsWith('__')).sort();
  const url = urlOf(config, labels, address);
  return {
    key: JSON.stringify([shown, url, intervalMs, timeoutMs]),
    discoveredLabels,
    labels: new Map(shown),
    url,
    intervalMs,
    timeoutMs,
  };
}

function positiveDuration(labels: ReadonlyMap<string, string>, name: string): number {
  const text = labels.get(name) ?? '';
  const ms = parseDurationMs(text);
  if (ms === undefined || ms === 0) throw new TargetProblem(`${name} "${text}" is no duration`);
  return ms;
}

function urlOf(config: ScrapeConfig, labels: ReadonlyMap<string, string>, address: string): string {
  const scheme = labels.get('__scheme__') ?? '';
  if (scheme !== 'http' && scheme !== 'https') {
    throw new TargetProblem(`invalid scheme "${scheme}"`);
  }
  const parsed = URL.parse(`${scheme}://${address}/`);
  if (parsed === null) throw new TargetProblem(`"${address}" is not a valid host:port`);
  parsed.pathname = labels.get('__metrics_path__') ?? '';
  const params = new Map(Object.entries(config.params).map(([name, all]) => [name, [...all]]));
  for (const [name, value] of labels) {
    if (!name.startsWith('__param_')) continue;
    const param = name.slice('__param_'.length);
    params.set(param, [value, ...(params.get(param) ?? []).slice(1)]);
  }
  for (const [name, values] of [...params].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const value of values) parsed.searchParams.append(name, value);
  }
  return parsed.href;
}
