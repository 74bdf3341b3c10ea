import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { copyText } from './copy.ts';
import { Icon } from './icon.tsx';

/** Copies `text` and says so for two seconds. */
export function CopyButton({
  text,
  label = 'Copy',
}: {
  readonly text: string;
  readonly label?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    copyText(text).then(setCopied);
  };
  return (
    <Button onClick={copy} aria-live="polite">
      <Icon name={copied ? 'check' : 'copy'} />
      {copied ? 'Copied' : label}
    </Button>
  );
}
