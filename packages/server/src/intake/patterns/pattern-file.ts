/**
 * What patterns of log lines were counted, over a restart: `DIR/patterns.json.zst` (docs/format.md).
 *
 * Model: read at the start; written when the process stops, and every few minutes while lines arrive, in case it is killed. It is written
 * under another name and renamed.
 *
 * Invariants: the file only helps: one that cannot be read is ignored, one that cannot be written is tried again, both with a line in
 * the log; its size is bounded (past-patterns.ts), and so is what is read.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Log } from '../../log.ts';
import type { LogPatterns } from './log-patterns.ts';

const FILE = 'patterns.json.zst';
const VERSION = 1;
const WRITE_MS = 5 * 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

export class PatternFile {
  readonly #path: string;
  readonly #patterns: LogPatterns;
  readonly #log: Log;
  #written = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `folder`: the data directory. */
  constructor(folder: string, patterns: LogPatterns, log: Log) {
    this.#path = join(folder, FILE);
    this.#patterns = patterns;
    this.#log = log;
  }

  /** Reads what the last process wrote, and writes from now on. */
  start(): void {
    this.#read();
    this.#timer = setInterval(() => this.#write(), WRITE_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#write();
  }

  #read(): void {
    let packed: Buffer;
    try {
      packed = readFileSync(this.#path);
    } catch {
      return;
    }
    try {
      const json = zstdDecompressSync(packed, { maxOutputLength: MAX_BYTES }).toString();
      const saved: unknown = JSON.parse(json);
      if (!isSaved(saved)) throw new Error('it is of another version');
      if (!this.#patterns.load(saved.patterns)) throw new Error('a pattern is damaged');
    } catch (error) {
      this.#log.warn(`${this.#path} is ignored: ${messageOf(error)}`);
    }
  }

  #write(): void {
    const { lines } = this.#patterns;
    if (lines === this.#written) return;
    try {
      const json = JSON.stringify({ version: VERSION, patterns: this.#patterns.save() });
      if (json.length > MAX_BYTES) throw new Error('the patterns are too long');
      writeFileSync(`${this.#path}.tmp`, zstdCompressSync(json));
      renameSync(`${this.#path}.tmp`, this.#path);
      this.#written = lines;
    } catch (error) {
      this.#log.warn(`${this.#path} cannot be written: ${messageOf(error)}`);
    }
  }
}

function isSaved(saved: unknown): saved is { patterns: unknown } {
  if (typeof saved !== 'object' || saved === null) return false;
  return 'version' in saved && saved.version === VERSION && 'patterns' in saved;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
