/**
 * Pushed text bodies: the text format or OpenMetrics, line by line.
 *
 * Model: unlike a scrape, a push is not all or nothing: lines that can be read are stored, the others are told with their numbers. A
 * text body is worked on in parts of about PART_BYTES that end with a line, so that a large one does not hold up the process;
 * OpenMetrics, whose end mark and groups need the whole, is parsed at once.
 *
 * Invariants: a part whose lines all have timestamps is stored once however often it is sent; a part with a line of no time is new
 * every time, because its time is that of the request. Sources are kept for at most MAX_SOURCES sets of extra labels.
 */
import { setImmediate } from 'node:timers/promises';
import {
  ExpositionError,
  ExpositionParser,
  ExpositionSource,
  formatOfContentType,
  type MetricBatch,
  type ParseOptions,
} from '@sightline/wire';
import { decompressBody } from '../body.ts';
import { type Intake, requestDigest } from '../intake.ts';

interface ImportRequest {
  tenant: string;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  /** `timestamp` (Unix ms) and any number of `extra_label` (`name=value`); others are ignored. */
  parameters: URLSearchParams;
  body: Uint8Array;
}

interface ImportResult {
  accepted: number;
  refused: number;
  /** Why lines were refused; the first few. */
  explanations: string[];
}

/** The request as a whole cannot be used. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
}

const PART_BYTES = 256 * 1024;
const MAX_SOURCES = 100;
const MAX_EXPLANATIONS = 10;
const LF = 0x0a;

export class ImportIntake {
  readonly #intake: Intake;
  readonly #parser = new ExpositionParser();
  readonly #sources = new Map<string, ExpositionSource>();

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /** Stores a body. Rejects with ImportError, BodyError and the store's errors. */
  async receive(request: ImportRequest): Promise<ImportResult> {
    const { limits, counters } = this.#intake;
    counters.request('import', request.body.length);
    const now = timestampOf(request.parameters) ?? Date.now();
    const source = this.#source(request.tenant, extraLabels(request.parameters));
    const format = formatOfContentType(request.contentType) ?? 'text';
    const body = await decompressBody(
      request.body,
      request.contentEncoding,
      limits.maxDecompressedBytes,
    );
    const result: ImportResult = { accepted: 0, refused: 0, explanations: [] };
    const route = `import ${request.parameters}`;
    // A parser remembers the family from part to part, so requests of several parts need their own.
    const parser = body.length > PART_BYTES ? new ExpositionParser() : this.#parser;
    let firstLine = 1;
    let start = 0;
    do {
      const end = format === 'text' ? partEnd(body, start) : body.length;
      const part = body.subarray(start, end);
      const options = { format, now, honorTimestamps: true, strict: false, firstLine };
      await this.#part(parser, request.tenant, route, part, options, source, result);
      firstLine += countLines(part);
      start = end;
      if (start < body.length) await setImmediate();
    } while (start < body.length);
    return result;
  }

  async #part(
    parser: ExpositionParser,
    tenant: string,
    route: string,
    part: Uint8Array,
    options: ParseOptions,
    source: ExpositionSource,
    result: ImportResult,
  ): Promise<void> {
    const intake = this.#intake;
    const batch = intake.batch();
    try {
      const resolver = intake.resolver(tenant);
      const limits = intake.decodeLimits();
      parser.parse(part, part.length, options, source, resolver, limits, batch);
      countProblems(parser, batch);
      result.refused += batch.rejectedItems;
      for (const text of batch.rejections) {
        if (result.explanations.length < MAX_EXPLANATIONS) result.explanations.push(text);
      }
      const untimed = parser.timed.subarray(0, batch.n).includes(0);
      const digest = untimed ? null : requestDigest(tenant, route, part);
      result.accepted += batch.n;
      await intake.append('import', tenant, batch, digest);
    } catch (error) {
      source.forget();
      if (error instanceof ExpositionError) throw new ImportError(error.message);
      throw error;
    } finally {
      intake.release(batch);
    }
  }

  #source(tenant: string, extra: ReadonlyMap<string, string>): ExpositionSource {
    const identity = JSON.stringify(['import', tenant, ...extra]);
    let source = this.#sources.get(identity);
    if (source === undefined) {
      source = new ExpositionSource(identity, (pairs) => withLabels(pairs, extra));
      const [oldest] = this.#sources.keys();
      if (this.#sources.size >= MAX_SOURCES && oldest !== undefined) this.#sources.delete(oldest);
      this.#sources.set(identity, source);
    }
    return source;
  }
}

function countProblems({ problems, problemLines }: ExpositionParser, batch: MetricBatch): void {
  problems.forEach((problem, i) => {
    batch.reject('malformed', problem, i === 0 ? problemLines - problems.length + 1 : 1);
  });
}

/** Where the part that begins at `start` ends: behind the first line feed past PART_BYTES. */
function partEnd(body: Uint8Array, start: number): number {
  if (body.length - start <= PART_BYTES) return body.length;
  const at = body.indexOf(LF, start + PART_BYTES);
  return at < 0 ? body.length : at + 1;
}

function countLines(part: Uint8Array): number {
  let lines = 0;
  for (let at = part.indexOf(LF); at >= 0; at = part.indexOf(LF, at + 1)) lines++;
  return lines;
}

function timestampOf(parameters: URLSearchParams): number | undefined {
  const text = parameters.get('timestamp');
  if (text === null || text === '') return undefined;
  const ms = Number(text);
  if (!Number.isSafeInteger(ms)) {
    throw new ImportError(`timestamp "${text}" is not a time in milliseconds`);
  }
  return ms;
}

function extraLabels(parameters: URLSearchParams): Map<string, string> {
  const labels = new Map<string, string>();
  for (const text of parameters.getAll('extra_label')) {
    const at = text.indexOf('=');
    if (at <= 0) throw new ImportError(`extra_label "${text}" is not name=value`);
    labels.set(text.slice(0, at), text.slice(at + 1));
  }
  return labels;
}

/** The labels of a line, those of the request taking their places. */
function withLabels(pairs: string[], extra: ReadonlyMap<string, string>): string[] {
  if (extra.size === 0) return pairs;
  const shaped: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    if (!extra.has(name)) shaped.push(name, pairs[i + 1] ?? '');
  }
  for (const [name, value] of extra) shaped.push(name, value);
  return shaped;
}
