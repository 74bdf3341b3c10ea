import { formatCount } from '../format/units.ts';
import { Button } from '../ui/button.tsx';
import { type LinePager, maxLines } from './line-pager.ts';
import { linesText } from './line-text.ts';

/** Below the last loaded line: that more is coming, that there is none, or what went wrong. */
export function ListEnd({ pager }: { readonly pager: LinePager }) {
  const { state, error, lines } = pager;
  return (
    <p className="flex min-h-8 items-center gap-3 px-3 text-ink-3 text-xs" role="status">
      {state === 'done' ? `End of the time range, ${linesText(lines.length)}` : null}
      {state === 'loading' || state === 'more' ? 'Loading more …' : null}
      {state === 'full'
        ? `${formatCount(maxLines)} lines are loaded, no more are kept. Narrow the time to see the others.`
        : null}
      {state === 'failed' ? (
        <>
          <span className="text-bad">{error?.message}</span>
          <Button onClick={() => pager.more()}>Try again</Button>
        </>
      ) : null}
    </p>
  );
}
