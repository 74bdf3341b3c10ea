import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { searchTraces } from '../api/tempo.ts';
import { formatCount, formatValue, spansText } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { foundTrace } from './found-traces.ts';
import { durationText } from './time-text.ts';
import { ERROR_STATUS, nameOf, serviceOf } from './trace.ts';
import type { TraceModel, useTrace } from './use-trace.ts';

interface CompareSideProps {
  readonly letter: 'A' | 'B';
  readonly id: string;
  readonly other: TraceModel | undefined;
  readonly state: ReturnType<typeof useTrace>;
  readonly onId: (id: string) => void;
}

/** One of the two: what it is, or the choice of one. */
export function CompareSide({ letter, id, other, state, onId }: CompareSideProps) {
  const { model, error, isPending } = state;
  return (
    <section
      aria-label={`Trace ${letter}`}
      className="flex min-w-0 flex-col gap-1 border border-line bg-surface p-3"
    >
      <div className="flex items-start gap-2">
        <span className="font-semibold text-ink-3">{letter}</span>
        <div className="min-w-0 flex-1">
          {model !== undefined ? <Summary model={model} /> : null}
          {id !== '' && isPending ? <div className="skeleton h-10" /> : null}
          {error === null ? null : <p className="break-words text-bad">{error.message}</p>}
          {id === '' ? <p className="text-ink-2">Choose the trace to compare with.</p> : null}
        </div>
        {id === '' ? null : (
          <Button look="quiet" onClick={() => onId('')}>
            Change
          </Button>
        )}
      </div>
      {id === '' ? <Choose letter={letter} other={other} onId={onId} /> : null}
    </section>
  );
}

function Summary({ model }: { readonly model: TraceModel }) {
  const { trace, tree } = model;
  const root = tree.roots[0] ?? 0;
  const errors = trace.status.reduce((sum, one) => sum + (one === ERROR_STATUS ? 1 : 0), 0);
  return (
    <>
      <Link
        to="/traces/$traceId"
        params={{ traceId: trace.id }}
        className="block truncate font-medium hover:underline"
      >
        <span className="text-ink-2">{serviceOf(trace, root)}</span> {nameOf(trace, root)}
      </Link>
      <p className="flex flex-wrap gap-x-3 text-ink-2 text-xs">
        <strong className="font-semibold text-ink">{durationText(trace.durationUs)}</strong>
        <span>{spansText(trace.n)}</span>
        {errors > 0 ? <span className="text-bad">{formatCount(errors)} errors</span> : null}
        <span>{formatLocal(trace.startMs)}</span>
        <span className="font-mono text-ink-3">{trace.id.slice(0, 8)}</span>
      </p>
    </>
  );
}

interface ChooseProps {
  readonly letter: string;
  readonly other: TraceModel | undefined;
  readonly onId: (id: string) => void;
}

/** How far around the other trace its like are looked for. */
const aroundS = 3600;

/** Takes an id, or offers traces with the same root as the other one. */
function Choose({ letter, other, onId }: ChooseProps) {
  const [text, setText] = useState('');
  const root = other?.tree.roots[0];
  const query =
    other === undefined || root === undefined
      ? ''
      : `{ rootServiceName = ${JSON.stringify(serviceOf(other.trace, root))} && rootName = ${JSON.stringify(nameOf(other.trace, root))} }`;
  const { data } = useQuery({
    queryKey: ['like', query, other?.trace.id],
    queryFn: async ({ signal }) => {
      const centerS = (other?.trace.startMs ?? 0) / 1000;
      const time = { startS: centerS - aroundS, endS: centerS + aroundS };
      return (await searchTraces({ query, limit: 30, ...time }, signal)).map(foundTrace);
    },
    enabled: query !== '',
    staleTime: 60_000,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onId(text);
  };
  const like = (data ?? []).filter((one) => one.id !== other?.trace.id);
  return (
    <>
      <form onSubmit={submit} className="flex gap-2">
        <input
          value={text}
          onChange={(event) => setText(event.target.value)}
          placeholder="Trace id"
          aria-label={`Id of trace ${letter}`}
          spellCheck={false}
          className="h-7 min-w-0 flex-1 rounded-md border border-line-strong bg-bg px-2 font-mono text-xs"
        />
        <Button type="submit">Take it</Button>
      </form>
      {like.length > 0 ? (
        <>
          <p className="pt-1 text-ink-3 text-xs">Like the other one, within an hour of it:</p>
          <ul className="max-h-48 overflow-y-auto">
            {like.map((one) => (
              <li key={one.id}>
                <button
                  type="button"
                  onClick={() => onId(one.id)}
                  className="flex w-full gap-3 rounded-sm px-1 py-0.5 text-left text-xs hover:bg-sunken"
                >
                  <span className="w-16 text-right">
                    {formatValue(one.durationMs / 1000, 'seconds')}
                  </span>
                  <span className="w-20 text-ink-2">{spansText(one.spans)}</span>
                  <span className={one.errors > 0 ? 'w-16 text-bad' : 'w-16 text-ink-3'}>
                    {one.errors > 0 ? `${formatCount(one.errors)} errors` : 'no errors'}
                  </span>
                  <span className="text-ink-3">{formatLocal(one.startMs)}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </>
  );
}
