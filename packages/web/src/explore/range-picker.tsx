import { type FormEvent, useState } from 'react';
import {
  describeRange,
  formatLocal,
  parseTime,
  quickRanges,
  resolveRange,
  type TimeRange,
} from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { Disclosure } from '../ui/disclosure.tsx';

interface RangePickerProps {
  readonly range: TimeRange;
  /** Lines are shown as they arrive: the range is what would be shown instead. */
  readonly live?: boolean;
  readonly onRange: (range: TimeRange) => void;
}

/** Chooses the time: a quick range, or any two times, relative or absolute. */
export function RangePicker({ range, live = false, onRange }: RangePickerProps) {
  const text = live ? 'From now on' : describeRange(range);
  return (
    <Disclosure label="Time range" text={text} icon="clock">
      {(close) => (
        <RangePanel
          range={range}
          live={live}
          onRange={(chosen) => {
            onRange(chosen);
            close();
          }}
        />
      )}
    </Disclosure>
  );
}

function editable(text: string): string {
  const ms = text.trim().startsWith('now') ? undefined : parseTime(text, 0);
  return ms === undefined ? text : formatLocal(ms);
}

function RangePanel({ range, live, onRange }: RangePickerProps) {
  const [from, setFrom] = useState(editable(range.from));
  const [to, setTo] = useState(editable(range.to));
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const resolved = resolveRange({ from, to }, Date.now());
    if ('problem' in resolved) setProblem(resolved.problem);
    else onRange({ from: shareable(from), to: shareable(to) });
  };
  return (
    <div className="flex flex-col sm:flex-row">
      <form
        onSubmit={submit}
        className="flex w-64 max-w-full flex-col gap-2 border-line p-3 max-sm:border-b sm:border-r"
      >
        <TimeInput label="From" value={from} onChange={setFrom} />
        <TimeInput label="To" value={to} onChange={setTo} />
        <p role="alert" className="min-h-9 text-bad text-xs">
          {problem}
        </p>
        <Button look="primary" type="submit" className="justify-center">
          Apply
        </Button>
        <p className="text-ink-3 text-xs">
          now-1h30m, or 2026-05-04 10:30 in your time zone (
          {Intl.DateTimeFormat().resolvedOptions().timeZone})
        </p>
      </form>
      <ul className="grid max-h-96 grid-cols-2 overflow-y-auto p-1.5 sm:grid-cols-1">
        {quickRanges.map((quick) => (
          <li key={quick.label}>
            <Button
              look="quiet"
              aria-current={
                live !== true && quick.range.from === range.from && quick.range.to === range.to
              }
              className="w-full aria-[current=true]:bg-accent-soft aria-[current=true]:text-ink"
              onClick={() => onRange(quick.range)}
            >
              {quick.label}
            </Button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Absolute times go into links as UTC, so that they mean the same to every reader. */
function shareable(text: string): string {
  const trimmed = text.trim();
  const ms = trimmed.startsWith('now') ? undefined : parseTime(trimmed, 0);
  return ms === undefined ? trimmed.replaceAll(' ', '') : new Date(ms).toISOString();
}

function TimeInput(props: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  return (
    <label className="flex flex-col gap-0.5">
      <span className="text-ink-3 text-xs">{props.label}</span>
      <input
        value={props.value}
        onChange={(event) => props.onChange(event.target.value)}
        spellCheck={false}
        className="h-7 rounded-md border border-line-strong bg-bg px-2 text-sm"
      />
    </label>
  );
}
