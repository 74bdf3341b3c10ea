import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Interval } from '../time/range.ts';
import { Notice } from '../ui/notice.tsx';
import { type Example, examplesOf } from './examples.ts';
import { useRun } from './use-run.ts';

interface StartProps {
  readonly interval: Interval;
  readonly onExample: (text: string) => void;
}

/** Before anything is searched for: what can be, with examples that find something in this time. */
export function Start({ interval, onExample }: StartProps) {
  const { run } = useRun(
    { timeRange: { from: Math.floor(interval.fromMs), to: Math.ceil(interval.toMs) }, limit: 20 },
    0,
  );
  const examples = useMemo(() => examplesOf(run.items), [run.items]);
  return (
    <div className="max-w-3xl pt-6">
      <h2 className="font-semibold text-base">One search over logs, traces and metrics</h2>
      <p className="mt-1 text-ink-2">
        Words and "phrases" are looked for in lines of logs, in names of spans, services and errors,
        and in names of metrics; all must be found. <Code>name:value</Code> keeps only what has that
        service, level or attribute. The id of a trace or a span finds what belongs to it.
      </p>
      {run.ended && examples.length > 0 ? (
        <Examples examples={examples} onExample={onExample} />
      ) : null}
      {run.ended && run.error === undefined && run.items.length === 0 ? (
        <div className="mt-4">
          <Notice tone="empty" title="Nothing was recorded in this time">
            Choose a wider range, or{' '}
            <Link to="/" hash="send" className="text-accent underline">
              send something
            </Link>
            .
          </Notice>
        </div>
      ) : null}
      {run.error === undefined ? null : (
        <div className="mt-4">
          <Notice tone="bad" title="The search failed">
            {run.error.message}
          </Notice>
        </div>
      )}
    </div>
  );
}

function Examples(props: {
  readonly examples: readonly Example[];
  readonly onExample: (text: string) => void;
}) {
  return (
    <>
      <h3 className="mt-5 text-ink-3 text-xs">Found in this time</h3>
      <ul aria-label="Examples" className="mt-1">
        {props.examples.map(({ text, what }) => (
          <li key={text}>
            <button
              type="button"
              onClick={() => props.onExample(text)}
              className="flex w-full flex-wrap items-baseline gap-x-4 border-line border-b py-1.5 text-left hover:bg-sunken"
            >
              <code className="wrap-anywhere min-w-60 text-accent text-xs">{text}</code>
              <span className="text-ink-2">{what}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function Code({ children }: { readonly children: string }) {
  return <code className="rounded-sm bg-sunken px-1 text-xs">{children}</code>;
}
