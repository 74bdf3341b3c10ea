import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { storedToken, storeToken } from '../api/client.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** Asks for the access token when the server answers 401; it is kept for this tab only. */
export function TokenDialog() {
  const [dismissed, setDismissed] = useState(false);
  const [token, setToken] = useState('');
  const client = useQueryClient();
  const refusedBefore = storedToken() !== null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    storeToken(token.trim());
    client.resetQueries();
  };
  if (dismissed) return null;
  return (
    <Dialog title="Access token" onClose={() => setDismissed(true)}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <p className="text-ink-2">
          {refusedBefore
            ? 'The server refused the token of this tab. '
            : 'This server asks for a token. '}
          It is the value that was given to <code className="text-ink">--token</code>.
        </p>
        <label className="flex flex-col gap-1">
          <span className="text-ink-3 text-xs">Token</span>
          <input
            type="password"
            autoComplete="current-password"
            required
            value={token}
            onChange={(event) => setToken(event.target.value)}
            className="h-8 rounded-md border border-line-strong bg-bg px-2 font-mono"
          />
        </label>
        <div className="flex justify-end">
          <Button look="primary" type="submit">
            Continue
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
