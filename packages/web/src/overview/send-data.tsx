import { useState } from 'react';
import type { IntakeStatus, Listener } from '../api/status.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { FirstSample } from './first-sample.tsx';
import { snippetsFor } from './snippets.ts';
import { useSystem } from './use-status.ts';

function grpcAddress(listeners: readonly Listener[] | undefined): string | undefined {
  const listener = listeners?.find((one) => one.name === 'otlp_grpc' && one.state === 'listening');
  return listener?.url.replace(/^\w+:\/\//, '');
}

/** How to send data, with a live check that it arrives. */
export function SendData({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const [selected, setSelected] = useState('node');
  const { data: system } = useSystem();
  const { origin, host, protocol } = window.location;
  const snippets = snippetsFor({
    origin,
    host,
    secure: protocol === 'https:',
    grpc: grpcAddress(system?.listeners),
    withToken: system?.token_required === true,
  });
  const snippet = snippets.find((one) => one.id === selected) ?? snippets[0];
  if (snippet === undefined) return null;
  return (
    <div className="flex flex-col gap-2">
      <FirstSample intake={intake} />
      <Tabs label="Ways to send data" tabs={snippets} selected={snippet.id} onSelect={setSelected}>
        <div className="flex items-start justify-between gap-3">
          <p className="min-w-0 break-words py-1 text-ink-2 text-xs">{snippet.where}</p>
          <CopyButton text={snippet.text} />
        </div>
        <pre className="mt-1 min-h-64 overflow-x-auto bg-sunken p-3 text-xs leading-5">
          {snippet.text}
        </pre>
      </Tabs>
    </div>
  );
}
