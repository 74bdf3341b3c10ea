import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { type Direction, fetchLines, type LogLine } from '../api/loki.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Notice } from '../ui/notice.tsx';
import { LineRow } from './line-row.tsx';
import { exactTime } from './line-text.ts';

interface AroundDialogProps {
  /** `NANOSECONDS SELECTOR`. */
  readonly around: string;
  readonly narrow: boolean;
  readonly onClose: () => void;
}

const pageLines = 25;
/** A stream is searched this far to each side. */
const reachNs = 24n * 3_600_000_000_000n;

/** The lines of the same stream before and after a line, in the order in which they were written. */
export function AroundDialog({ around, narrow, onClose }: AroundDialogProps) {
  const [ns = '0', selector = ''] = splitOnce(around);
  const [wrap, setWrap] = useState(false);
  const before = useSide(selector, BigInt(ns), 'backward');
  const after = useSide(selector, BigInt(ns), 'forward');
  const focus = useRef<HTMLLIElement>(null);
  const ready = before.lines !== undefined && after.lines !== undefined;
  useEffect(() => {
    if (ready) focus.current?.scrollIntoView({ block: 'center' });
  }, [ready]);
  const earlier = (before.lines ?? []).toReversed();
  const lines = [...earlier, ...(after.lines ?? [])];
  const failed = before.error ?? after.error;
  return (
    <Dialog wide title="Lines around it, of the same stream" onClose={onClose}>
      <div className="flex flex-wrap items-center gap-2 pb-2">
        <code className="min-w-0 flex-1 break-all text-ink-2 text-xs">{selector}</code>
        <label className="flex items-center gap-1.5 text-xs">
          <input
            type="checkbox"
            className="accent-(--accent)"
            checked={wrap}
            onChange={() => setWrap(!wrap)}
          />
          Wrap
        </label>
      </div>
      {failed === null ? null : (
        <Notice tone="bad" title="These lines could not be read">
          {failed.message}
        </Notice>
      )}
      <div className="h-[min(36rem,65dvh)] overflow-y-auto border border-line">
        <Edge side={before} what="earlier" />
        <ul aria-label="Lines">
          {lines.map((line, index) => {
            const here = line.ns === ns;
            return (
              <li key={`${line.ns} ${lines.length - index}`} ref={here ? focus : undefined}>
                <LineRow
                  line={line}
                  columns={[]}
                  wrap={wrap}
                  narrow={narrow}
                  current={here}
                  open={false}
                  withDate={false}
                />
              </li>
            );
          })}
        </ul>
        {ready && lines.length === 0 && failed === null ? (
          <p className="p-3 text-ink-2">No line of this stream at {exactTime(ns)}.</p>
        ) : null}
        <Edge side={after} what="later" />
      </div>
    </Dialog>
  );
}

function splitOnce(text: string): string[] {
  const at = text.indexOf(' ');
  return [text.slice(0, at), text.slice(at + 1)];
}

interface Side {
  readonly lines: readonly LogLine[] | undefined;
  readonly error: Error | null;
  readonly asking: boolean;
  readonly hasMore: boolean;
  readonly more: () => void;
}

/** The lines on one side. The line itself, and others of its nanosecond, belong to the later side. */
function useSide(selector: string, ns: bigint, direction: Direction): Side {
  const backward = direction === 'backward';
  const query = useInfiniteQuery({
    queryKey: ['logs-around', selector, ns.toString(), direction],
    queryFn: ({ pageParam, signal }) => {
      const border = BigInt(pageParam);
      const low = ns > reachNs ? ns - reachNs : 0n;
      const span = backward
        ? { startNs: low.toString(), endNs: border.toString() }
        : { startNs: border.toString(), endNs: (ns + reachNs).toString() };
      return fetchLines({ query: selector, ...span, limit: pageLines, direction }, signal);
    },
    initialPageParam: ns.toString(),
    getNextPageParam: (page) => {
      const last = page.at(-1)?.ns;
      if (last === undefined || page.length < pageLines) return undefined;
      return backward ? last : (BigInt(last) + 1n).toString();
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return {
    lines: query.data?.pages.flat(),
    error: query.error,
    asking: query.isFetching,
    hasMore: query.hasNextPage,
    more: () => query.fetchNextPage(),
  };
}

function Edge({ side, what }: { readonly side: Side; readonly what: string }) {
  return (
    <div className="px-2 py-1 text-ink-3 text-xs">
      {side.asking ? (
        'Reading …'
      ) : side.hasMore ? (
        <Button look="quiet" onClick={side.more}>
          {pageLines} {what}
        </Button>
      ) : (
        `No ${what} lines of this stream within a day`
      )}
    </div>
  );
}
