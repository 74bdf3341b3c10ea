import { useState } from 'react';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';

/** After a 401: loading the page again brings the server's own sign-in form. */
export function SignedOutDialog() {
  const [dismissed, setDismissed] = useState(false);
  if (dismissed) return null;
  return (
    <Dialog title="Signed out" onClose={() => setDismissed(true)}>
      <p className="text-ink-2">
        The server asks for its token again: the session has ended, or the token has been changed.
      </p>
      <div className="mt-4 flex justify-end">
        <Button look="primary" onClick={() => window.location.reload()}>
          Sign in
        </Button>
      </div>
    </Dialog>
  );
}
