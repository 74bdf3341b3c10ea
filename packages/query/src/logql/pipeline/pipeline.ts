/**
 * The stages of a log query, compiled: one line at a time goes in, is changed in place, and passes or not.
 *
 * Model: every stage is a function over the one `Entry` of the pipeline, made once per query: patterns, templates and numbers are
 * compiled then. Lines are text: what stages do (JSON, templates, labels) needs text, and searching text for text is as fast as searching bytes;
 * what can be refused on bytes was refused by the source, through `hints`.
 *
 * Invariants: a stage that fails on a line marks it (`__error__`) and lets it pass; only filters leave lines out.
 */

import { floorMs } from '@sightline/wire';
import type { DropItem, LabelFormat, Stage, Unwrap } from '../ast.ts';
import { durationSeconds, sizeBytes } from '../units.ts';
import {
  EntryLabels,
  ERROR_DETAILS_LABEL,
  ERROR_LABEL,
  type StreamLabels,
} from './entry-labels.ts';
import { jsonExtractor, parseJson, unpackJson } from './json.ts';
import { parseJsonPath } from './json-path.ts';
import { compileLabelFilter, compileMatcher, floatOf } from './label-filter.ts';
import { compileLineFilter } from './line-filter.ts';
import { logfmtExtractor, parseLogfmt } from './logfmt.ts';
import { LinePattern } from './pattern.ts';
import { compileRegex } from './regex.ts';
import { type StageHints, stageHints } from './stage-hints.ts';
import { compileTemplate } from './template.ts';
import type { Wanted } from './wanted.ts';

/** The line that is being worked on. */
interface Entry {
  line: string;
  readonly labels: EntryLabels;
  /** Unix ms, for templates. */
  timeMs: number;
  /** Of `unwrap`. */
  value: number;
}

type StageFunction = (entry: Entry) => boolean;

const LABEL_STAGES: ReadonlySet<Stage['kind']> = new Set([
  ...(['label_filter', 'drop', 'keep', 'unwrap'] as const),
]);

export class Pipeline {
  readonly hints: StageHints;
  /** Whether a stage looks at the line; otherwise any text will do for it. */
  readonly readsLine: boolean;
  readonly labels = new EntryLabels();
  readonly #entry: Entry = { line: '', labels: this.labels, timeMs: 0, value: 0 };
  readonly #stages: readonly StageFunction[];

  /** The stages come from a checked tree. Parsers may leave out labels that are not `wanted`. */
  constructor(stages: readonly Stage[], wanted: Wanted = null) {
    this.hints = stageHints(stages);
    this.readsLine = stages.some(({ kind }) => !LABEL_STAGES.has(kind));
    this.#stages = stages.map((stage) => compileStage(stage, wanted));
  }

  /** Runs a line through; whether it passes. `labels`, `line` and `value` then show what became of it. */
  process(
    stream: StreamLabels,
    metadata: readonly string[],
    line: string,
    tHi: number,
    tLo: number,
  ): boolean {
    const entry = this.#entry;
    this.labels.reset(stream, metadata);
    entry.line = line;
    entry.timeMs = floorMs(tHi, tLo);
    for (const stage of this.#stages) if (!stage(entry)) return false;
    return true;
  }

  get line(): string {
    return this.#entry.line;
  }

  get value(): number {
    return this.#entry.value;
  }
}

/** A stage that works on labels alone and lets every line pass. */
function passing(run: (line: string, labels: EntryLabels) => void): StageFunction {
  return ({ line, labels }) => {
    run(line, labels);
    return true;
  };
}

function compileStage(stage: Stage, wanted: Wanted): StageFunction {
  switch (stage.kind) {
    case 'line_filter': {
      const test = compileLineFilter(stage);
      return ({ line }) => test(line);
    }
    case 'json':
      if (stage.params.length === 0) {
        return passing((line, labels) => parseJson(line, labels, wanted));
      }
      return passing(
        jsonExtractor(
          stage.params.map(({ name, expression }) => ({ name, path: parseJsonPath(expression) })),
        ),
      );
    case 'logfmt':
      if (stage.params.length > 0) return passing(logfmtExtractor(stage.params, stage));
      return passing((line, labels) => parseLogfmt(line, labels, stage, wanted));
    case 'unpack':
      return (entry) => {
        entry.line = unpackJson(entry.line, entry.labels);
        return true;
      };
    case 'pattern': {
      const pattern = new LinePattern(stage.pattern, 'parser');
      return passing((line, labels) =>
        pattern.extract(line, (name, value) => labels.extract(name, value)),
      );
    }
    case 'regexp':
      return passing(regexpParser(stage.pattern));
    case 'label_filter': {
      const test = compileLabelFilter(stage.filter);
      return ({ labels }) => test(labels);
    }
    case 'line_format':
      return lineFormat(stage.template);
    case 'label_format':
      return labelFormat(stage.formats);
    case 'drop':
      return dropLabels(stage.items);
    case 'keep':
      return keepLabels(stage.items);
    case 'decolorize':
      return (entry) => {
        if (entry.line.includes(ESCAPE)) entry.line = entry.line.replaceAll(COLORS, '');
        return true;
      };
    case 'unwrap':
      return unwrapLabel(stage);
  }
}

const ESCAPE = '\u001b';
/** Control sequences of terminals. */
const COLORS = new RegExp(`${ESCAPE}\\[[0-9;?]*[A-Za-z]`, 'g');

function regexpParser(pattern: string): (line: string, labels: EntryLabels) => void {
  const regex = compileRegex(pattern);
  const groups = Object.entries(regex.namedGroups());
  const matcher = regex.matcher('');
  return (line, labels) => {
    matcher.resetMatcherInput(line);
    if (!matcher.find()) return;
    for (const [name, index] of groups) {
      const value = matcher.group(index);
      if (value !== null) labels.extract(name, value);
    }
  };
}

const TEMPLATE_ERROR = 'TemplateFormatErr';

function problemOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function lineFormat(text: string): StageFunction {
  const template = compileTemplate(text);
  return (entry) => {
    try {
      entry.line = template(entry);
    } catch (error) {
      entry.labels.fail(TEMPLATE_ERROR, problemOf(error));
    }
    return true;
  };
}

function labelFormat(formats: readonly LabelFormat[]): StageFunction {
  const compiled = formats.map((format) =>
    'rename' in format
      ? { name: format.name, rename: format.rename, template: null }
      : { name: format.name, rename: '', template: compileTemplate(format.template) },
  );
  return (entry) => {
    const { labels } = entry;
    for (const { name, rename, template } of compiled) {
      if (template === null) {
        const value = labels.get(rename);
        if (value === undefined) continue;
        labels.set(name, value);
        if (rename !== name) labels.remove(rename);
        continue;
      }
      try {
        labels.set(name, template(entry));
      } catch (error) {
        labels.fail(TEMPLATE_ERROR, problemOf(error));
      }
    }
    return true;
  };
}

interface CompiledItem {
  name: string;
  test: ((value: string) => boolean) | null;
}

function compileItems(items: readonly DropItem[]): CompiledItem[] {
  return items.map(({ name, matcher }) => {
    return { name, test: matcher === null ? null : compileMatcher(matcher) };
  });
}

function dropLabels(items: readonly DropItem[]): StageFunction {
  const compiled = compileItems(items);
  return ({ labels }) => {
    for (const { name, test } of compiled) {
      const value = labels.get(name);
      if (value !== undefined && (test === null || test(value))) labels.remove(name);
    }
    return true;
  };
}

function keepLabels(items: readonly DropItem[]): StageFunction {
  const compiled = compileItems(items);
  return ({ labels }) => {
    for (const name of labels.names()) {
      if (name === ERROR_LABEL || name === ERROR_DETAILS_LABEL) continue;
      const value = labels.get(name) ?? '';
      const kept = compiled.some((item) => {
        return item.name === name && (item.test === null || item.test(value));
      });
      if (!kept) labels.remove(name);
    }
    return true;
  };
}

function unwrapLabel({ label, convert }: Unwrap): StageFunction {
  const read = convert === null ? floatOf : convert === 'bytes' ? sizeBytes : durationSeconds;
  return (entry) => {
    const text = entry.labels.get(label);
    if (text === undefined) return false;
    const value = read(text);
    // A value that is "not a number" is one all the same.
    const isNaNText = convert === null && text.toLowerCase() === 'nan';
    entry.value = value;
    if (Number.isNaN(value) && !isNaNText) {
      entry.value = 0;
      entry.labels.fail('SampleExtractionErr', `cannot convert "${text}" of label ${label}`);
    }
    return true;
  };
}
