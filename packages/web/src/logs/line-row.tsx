import { memo } from 'react';
import type { LogLine } from '../api/loki.ts';
import { fieldValue, levelOf } from './fields.ts';
import { levelColors } from './levels.ts';
import { exactTime, lineTime, oneLine, wrapped } from './line-text.ts';
import { Marked } from './marked.tsx';

interface LineRowProps {
  readonly line: LogLine;
  readonly columns: readonly string[];
  readonly wrap: boolean;
  readonly narrow: boolean;
  /** The row that the keyboard is at. */
  readonly current: boolean;
  readonly open: boolean;
  readonly withDate: boolean;
  /** What to mark in the message. */
  readonly pattern?: RegExp | undefined;
}

export const rowHeight = 22;
export const narrowRowHeight = 42;

const levelText: Readonly<Record<string, string>> = {
  fatal: 'text-bad font-semibold',
  error: 'text-bad',
  warn: 'text-warn',
  info: 'text-ink-2',
  debug: 'text-ink-3',
  trace: 'text-ink-3',
  unknown: 'text-ink-3',
};

/** One line: level, time, the chosen fields, the message. The list listens for clicks; the button is for readers of screens. */
export const LineRow = memo(function LineRow(props: LineRowProps) {
  const { line, columns, wrap, narrow, current, open, withDate, pattern } = props;
  const level = levelOf(line);
  const time = lineTime(line.ns, withDate);
  const message = wrap ? wrapped(line.line) : oneLine(line.line);
  const ground = current ? 'bg-accent-soft' : open ? 'bg-sunken' : 'hover:bg-sunken';
  const cut = wrap ? 'whitespace-pre-wrap wrap-anywhere py-0.5 leading-[18px]' : 'truncate';
  return (
    <div
      data-row=""
      className={`relative flex cursor-pointer items-start gap-x-3 pr-2 pl-3 font-mono text-xs leading-[22px] ${narrow ? 'flex-wrap gap-y-0' : ''} ${ground}`}
    >
      <span
        aria-hidden="true"
        className="absolute inset-y-px left-0 w-[3px]"
        style={{ background: levelColors[level] }}
      />
      <button
        type="button"
        aria-expanded={open}
        tabIndex={-1}
        title={exactTime(line.ns)}
        className={`shrink-0 whitespace-nowrap text-ink-3 ${narrow ? 'leading-5' : ''}`}
      >
        {time}
      </button>
      <span
        className={`w-[5ch] shrink-0 uppercase ${levelText[level]} ${narrow ? 'leading-5' : ''}`}
      >
        {level === 'unknown' ? '–' : level}
      </span>
      {columns.map((name, index) =>
        narrow && index > 0 ? null : (
          <span
            key={name}
            style={narrow ? undefined : { width: `var(--column-${index})` }}
            className={`min-w-0 truncate text-ink-2 ${narrow ? 'flex-1 leading-5' : 'shrink-0'}`}
          >
            {fieldValue(line, name) ?? ''}
          </span>
        ),
      )}
      <span
        className={`min-w-0 text-ink ${cut} ${narrow ? `basis-full ${wrap ? '' : 'h-[22px]'}` : 'flex-1'}`}
      >
        <Marked text={message} pattern={pattern} />
      </span>
    </div>
  );
});
