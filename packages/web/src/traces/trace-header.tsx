import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { formatCount, spansText } from '../format/units.ts';
import { formatLocal } from '../time/range.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy.ts';
import { CopyLink } from '../ui/copy-link.tsx';
import { Icon } from '../ui/icon.tsx';
import { logsSearch } from './links.ts';
import { serviceShares } from './service-shares.ts';
import { ServiceTag } from './service-tag.tsx';
import { durationText } from './time-text.ts';
import { MISSING_PARENT, nameOf, serviceOf } from './trace.ts';
import type { TraceModel } from './use-trace.ts';

const action =
  'inline-flex h-7 items-center whitespace-nowrap rounded-md border border-line-strong bg-surface px-2.5 hover:border-ink-3';

/** What the trace is, how long it took, and who took the time. */
export function TraceHeader({
  model,
  onReload,
}: {
  readonly model: TraceModel;
  readonly onReload: () => void;
}) {
  const { trace, tree } = model;
  const shares = useMemo(() => serviceShares(model), [model]);
  const errors = shares.reduce((sum, one) => sum + one.errors, 0);
  const root = tree.roots.find((row) => trace.parent[row] === -1) ?? -1;
  const lost = tree.roots.filter((row) => trace.parent[row] === MISSING_PARENT).length;
  return (
    <header className="flex flex-col gap-1 pt-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 className="min-w-0 flex-1 basis-60 truncate font-semibold text-lg">
          {root < 0 ? (
            'Root span not received'
          ) : (
            <>
              <span className="text-ink-2">{serviceOf(trace, root)}</span> {nameOf(trace, root)}
            </>
          )}
        </h1>
        <div className="ml-auto flex flex-wrap items-center gap-1.5">
          <Link
            to="/logs"
            search={logsSearch(trace.id, undefined, trace.startMs, trace.durationUs)}
            className={action}
          >
            Logs
          </Link>
          <Link to="/traces/compare" search={{ a: trace.id }} preload={false} className={action}>
            Compare
          </Link>
          <CopyLink />
          <Button look="quiet" icon title="Load again" aria-label="Load again" onClick={onReload}>
            <Icon name="refresh" />
          </Button>
        </div>
      </div>
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-ink-2">
        <strong className="font-semibold text-ink">{durationText(trace.durationUs)}</strong>
        <span>{formatLocal(trace.startMs)}</span>
        <span>{spansText(trace.n)}</span>
        {errors > 0 ? (
          <span className="text-bad">
            {formatCount(errors)} {errors === 1 ? 'error' : 'errors'}
          </span>
        ) : null}
        {lost > 0 ? (
          <span className="text-warn" title="They name a parent that is not in this trace">
            {formatCount(lost)} without their parent
          </span>
        ) : null}
        <span className="inline-flex items-center gap-1 font-mono text-ink-3 text-xs">
          <span className="max-sm:hidden">{trace.id}</span>
          <span className="sm:hidden">{trace.id.slice(0, 8)}</span>
          <CopyId id={trace.id} />
        </span>
      </p>
      <ul
        aria-label="Services and their parts of the critical path"
        className="flex max-h-10 flex-wrap gap-x-4 overflow-hidden text-ink-3 text-xs"
      >
        {shares.map((share) => (
          <li
            key={share.name}
            title={`${spansText(share.spans)}, ${durationText(share.criticalUs)} on the critical path`}
          >
            <ServiceTag name={share.name}>
              <span>{shareText(share.criticalUs / Math.max(1e-9, trace.durationUs))}</span>
            </ServiceTag>
          </li>
        ))}
      </ul>
    </header>
  );
}

function shareText(share: number): string {
  if (share === 0) return '';
  return share < 0.01 ? '< 1 %' : `${Math.round(share * 100)} %`;
}

function CopyId({ id }: { readonly id: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="quiet"
      icon
      className="h-6! w-6!"
      title="Copy the id"
      aria-label="Copy the trace id"
      onBlur={() => setCopied(false)}
      onClick={() => copyText(id).then(setCopied)}
    >
      <Icon name={copied ? 'check' : 'copy'} />
    </Button>
  );
}
