import { useState } from 'react';
import { CopyButton } from '../ui/copy-button.tsx';
import { Tabs } from '../ui/tabs.tsx';
import type { Snippet } from './snippets.ts';

interface SnippetTabsProps {
  readonly label: string;
  readonly snippets: readonly Snippet[];
}

/** One snippet at a time, with a button that copies it. */
export function SnippetTabs({ label, snippets }: SnippetTabsProps) {
  const [selected, setSelected] = useState('');
  const snippet = snippets.find((one) => one.id === selected) ?? snippets[0];
  if (snippet === undefined) return null;
  return (
    <Tabs label={label} tabs={snippets} selected={snippet.id} onSelect={setSelected}>
      <div className="flex items-start justify-between gap-3">
        <p className="min-w-0 break-words py-1 text-ink-2 text-xs">{snippet.where}</p>
        <CopyButton text={snippet.text} />
      </div>
      <pre className="mt-1 min-h-32 overflow-x-auto bg-sunken p-3 text-xs leading-5">
        {snippet.text}
      </pre>
    </Tabs>
  );
}
