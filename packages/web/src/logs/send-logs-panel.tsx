import { useState } from 'react';
import { useSystem } from '../overview/use-status.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { logSnippets } from './send-logs.ts';

/** Nothing has been stored yet: how to send the first line. */
export function SendLogs() {
  const [selected, setSelected] = useState('curl');
  const { data: system } = useSystem();
  const { origin, host, protocol } = window.location;
  const snippets = logSnippets({
    origin,
    host,
    secure: protocol === 'https:',
    grpc: undefined,
    withToken: system?.token_required === true,
  });
  const snippet = snippets.find((one) => one.id === selected) ?? snippets[0];
  if (snippet === undefined) return null;
  return (
    <div className="mx-auto w-full max-w-3xl overflow-y-auto py-4">
      <h2 className="font-semibold text-lg">No logs yet</h2>
      <p className="mt-1 mb-3 flex items-center gap-2 text-ink-2">
        <span aria-hidden="true" className="size-2 shrink-0 animate-pulse rounded-full bg-accent" />
        Waiting for the first line. Send one in any of these ways, and it is here at once.
      </p>
      <Tabs label="Ways to send logs" tabs={snippets} selected={snippet.id} onSelect={setSelected}>
        <div className="flex items-start justify-between gap-3">
          <p className="min-w-0 break-words py-1 text-ink-2 text-xs">{snippet.where}</p>
          <CopyButton text={snippet.text} />
        </div>
        <pre className="mt-1 overflow-x-auto bg-sunken p-3 text-xs leading-5">{snippet.text}</pre>
      </Tabs>
    </div>
  );
}
