/**
 * Where targets come from: `static_configs` and `file_sd_configs`.
 *
 * Model: discovery tells the label sets of all its targets whenever they change. Files are read again when their folder reports a
 * change and at every `refresh_interval`; a file that cannot be read or parsed keeps the targets it had, with its problem told.
 *
 * Invariants: files are bounded in size and number; timers and watchers do not keep the process alive.
 */
import { type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { basename, dirname, join, matchesGlob, resolve } from 'node:path';
import { parse } from 'yaml';
import { type ScrapeConfig, type TargetGroup, targetGroupSchema } from '../../config/scrape.ts';
import * as z from '../../zod.ts';
import type { DiscoveredLabels } from './target.ts';

const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_FILES = 1000;
/** Editors write a file in several steps. */
const SETTLE_MS = 100;

const fileContent = z.array(targetGroupSchema).nullable();

interface KnownFile {
  labels: DiscoveredLabels[];
  problem: string;
}

export class Discovery {
  readonly #config: ScrapeConfig;
  readonly #folder: string;
  readonly #changed: () => void;
  readonly #static: DiscoveredLabels[];
  readonly #files = new Map<string, KnownFile>();
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #timers: NodeJS.Timeout[] = [];
  #settling: NodeJS.Timeout | undefined;

  /** `changed` is called after a change, never from within this constructor. */
  constructor(config: ScrapeConfig, folder: string, changed: () => void) {
    this.#config = config;
    this.#folder = folder;
    this.#changed = changed;
    this.#static = config.staticConfigs.flatMap((group) => labelSets(group, []));
    this.#readFiles();
    for (const { refreshIntervalMs } of config.fileSdConfigs) {
      this.#timers.push(setInterval(() => this.#refresh(), refreshIntervalMs).unref());
    }
  }

  /** Labels of every target known now. */
  targets(): DiscoveredLabels[] {
    return [...this.#static, ...[...this.#files.values()].flatMap(({ labels }) => labels)];
  }

  /** Files that could not be used, and why. */
  problems(): string[] {
    const all = [...this.#files].filter(([, { problem }]) => problem !== '');
    return all.map(([path, { problem }]) => `${path}: ${problem}`);
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #refresh(): void {
    const before = this.#state();
    this.#readFiles();
    if (this.#state() !== before) this.#changed();
  }

  #state(): string {
    return JSON.stringify([this.targets().map((labels) => [...labels]), this.problems()]);
  }

  #readFiles(): void {
    const paths = new Set<string>();
    for (const { files } of this.#config.fileSdConfigs) {
      for (const pattern of files) {
        const absolute = resolve(this.#folder, pattern);
        this.#watch(dirname(absolute));
        for (const path of matching(absolute)) if (paths.size < MAX_FILES) paths.add(path);
      }
    }
    for (const path of this.#files.keys()) if (!paths.has(path)) this.#files.delete(path);
    for (const path of [...paths].sort()) {
      const read = readTargets(path);
      const labels = read.problem === '' ? read.labels : (this.#files.get(path)?.labels ?? []);
      this.#files.set(path, { labels, problem: read.problem });
    }
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, () => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#refresh(), SETTLE_MS).unref();
      });
      // A folder that goes away is found again by the refresh interval.
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch {
      // Not there yet, or no watchers left: the refresh interval does it.
    }
  }
}

function matching(pattern: string): string[] {
  if (!pattern.includes('*')) return statSync(pattern, { throwIfNoEntry: false }) ? [pattern] : [];
  const folder = dirname(pattern);
  try {
    return readdirSync(folder)
      .filter((name) => matchesGlob(name, basename(pattern)))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readTargets(path: string): KnownFile {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) {
      return { labels: [], problem: `is larger than ${MAX_FILE_BYTES} bytes` };
    }
    const text = readFileSync(path, 'utf8');
    const content: unknown = path.toLowerCase().endsWith('.json') ? JSON.parse(text) : parse(text);
    const parsed = fileContent.safeParse(content);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return { labels: [], problem: `${issue?.path.join('.')}: ${issue?.message}` };
    }
    const groups = parsed.data ?? [];
    const meta: [string, string][] = [['__meta_filepath', path]];
    return { labels: groups.flatMap((group) => labelSets(group, meta)), problem: '' };
  } catch (error) {
    return { labels: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

function labelSets(group: TargetGroup, meta: readonly [string, string][]): DiscoveredLabels[] {
  const shared = [...Object.entries(group.labels), ...meta];
  return group.targets.map((address) => new Map([...shared, ['__address__', address]]));
}
