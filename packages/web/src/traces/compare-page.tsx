import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { usePageTitle } from '../app/use-page-title.ts';
import '../styles/lazy.css';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Segmented } from '../ui/segmented.tsx';
import { compareTraces, countMarks, type PathMark } from './compare.ts';
import { CompareSide } from './compare-side.tsx';
import { CompareTable } from './compare-table.tsx';
import { type TraceModel, useTrace } from './use-trace.ts';

const id = /^[0-9a-f]{1,32}$/;

/** Two traces: which paths are new, gone, slower or faster. */
export function ComparePage() {
  usePageTitle('Compare traces');
  const search = useSearch({ from: '/traces/compare' });
  const navigate = useNavigate({ from: '/traces/compare' });
  const a = valid(search.a);
  const b = valid(search.b);
  const first = useTrace(a);
  const second = useTrace(b);
  const isChanged = search.show === 'changed';
  const set = (change: Record<string, string | undefined>) =>
    navigate({ search: (before) => strings({ ...before, ...change }), replace: 'show' in change });
  const both = first.model !== undefined && second.model !== undefined;
  return (
    <div data-page="traces" className="flex flex-col gap-3 pt-2">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="font-semibold text-lg">Compare traces</h1>
        <Button
          look="quiet"
          disabled={a === '' || b === ''}
          onClick={() => set({ a: b, b: a })}
          title="The other one becomes the base"
        >
          Swap
        </Button>
      </div>
      <div className="grid gap-3 md:grid-cols-2">
        <CompareSide
          letter="A"
          id={a}
          other={second.model}
          state={first}
          onId={(next) => set({ a: next })}
        />
        <CompareSide
          letter="B"
          id={b}
          other={first.model}
          state={second}
          onId={(next) => set({ b: next })}
        />
      </div>
      {a === '' && b === '' ? (
        <p className="text-ink-2">
          Or choose two in the list of{' '}
          <Link to="/traces" className="text-accent underline">
            Traces
          </Link>
          .
        </p>
      ) : null}
      {both && first.model && second.model ? (
        <Difference
          a={first.model}
          b={second.model}
          isChanged={isChanged}
          onChanged={(changed) => set({ show: changed ? 'changed' : undefined })}
        />
      ) : null}
    </div>
  );
}

function valid(text: string | undefined): string {
  const lower = (text ?? '').trim().toLowerCase();
  return id.test(lower) ? lower : '';
}

function strings(search: Record<string, string | undefined>): Record<string, string> {
  const entries = Object.entries(search).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  return Object.fromEntries(entries);
}

interface DifferenceProps {
  readonly a: TraceModel;
  readonly b: TraceModel;
  readonly isChanged: boolean;
  readonly onChanged: (changed: boolean) => void;
}

const marks: readonly { readonly mark: PathMark; readonly text: string; readonly look: string }[] =
  [
    { mark: 'added', text: 'only in B', look: 'text-good' },
    { mark: 'removed', text: 'only in A', look: 'text-warn' },
    { mark: 'slower', text: 'slower', look: 'text-bad' },
    { mark: 'faster', text: 'faster', look: 'text-accent' },
    { mark: 'same', text: 'alike', look: 'text-ink-3' },
  ];

const shows = [
  { value: 'all', label: 'All paths' },
  { value: 'changed', label: 'Changed only' },
] as const;

function Difference({ a, b, isChanged, onChanged }: DifferenceProps) {
  const rows = useMemo(() => compareTraces(a, b), [a, b]);
  const counts = useMemo(() => countMarks(rows), [rows]);
  const [closed, setClosed] = useState<ReadonlySet<number>>(new Set());
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {marks.map(({ mark, text, look }) => (
          <span key={mark} className={counts[mark] > 0 ? look : 'text-ink-3'}>
            {counts[mark]} {text}
          </span>
        ))}
        <div className="ml-auto">
          <Segmented
            label="Paths"
            name="paths"
            options={shows}
            value={isChanged ? 'changed' : 'all'}
            onChange={(value) => onChanged(value === 'changed')}
          />
        </div>
      </div>
      {counts.same === rows.length ? (
        <Notice tone="info" title="The two are alike">
          They have the same paths, and no path differs by more than a fifth of its time.
        </Notice>
      ) : null}
      <CompareTable
        rows={rows}
        ids={[a.trace.id, b.trace.id]}
        spans={[a.trace.ids, b.trace.ids]}
        isChanged={isChanged}
        closed={closed}
        onToggle={(index) => {
          const next = new Set(closed);
          if (!next.delete(index)) next.add(index);
          setClosed(next);
        }}
      />
    </>
  );
}
