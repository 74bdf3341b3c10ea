import { useState } from 'react';
import { Button } from './button.tsx';
import { copyText } from './copy.ts';
import { Icon } from './icon.tsx';

/** Copies the address: a link to exactly what is shown. */
export function CopyLink() {
  const [copied, setCopied] = useState(false);
  return (
    <Button
      look="quiet"
      title="Copy a link to exactly this"
      onBlur={() => setCopied(false)}
      onClick={() => copyText(window.location.href).then(setCopied)}
    >
      <Icon name={copied ? 'check' : 'link'} />
      <span aria-live="polite">{copied ? 'Copied' : 'Copy link'}</span>
    </Button>
  );
}
