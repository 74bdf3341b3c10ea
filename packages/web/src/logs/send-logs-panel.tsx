import { SnippetTabs } from '../overview/snippet-tabs.tsx';
import { useSnippetPlace } from '../overview/use-snippet-place.ts';
import { logSnippets } from './send-logs.ts';

/** Nothing has been stored yet: how to send the first line. */
export function SendLogs() {
  const place = useSnippetPlace();
  return (
    <div className="mx-auto w-full max-w-3xl overflow-y-auto py-4">
      <h2 className="font-semibold text-lg">No logs yet</h2>
      <p className="mt-1 mb-3 flex items-center gap-2 text-ink-2">
        <span aria-hidden="true" className="size-2 shrink-0 animate-pulse rounded-full bg-accent" />
        Waiting for the first line. Send one in any of these ways, and it is here at once.
      </p>
      <SnippetTabs label="Ways to send logs" snippets={logSnippets(place)} />
    </div>
  );
}
