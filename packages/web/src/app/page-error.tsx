import type { ErrorComponentProps } from '@tanstack/react-router';
import { Button } from '../ui/button.tsx';

/** In place of a page that could not be drawn: a fault of ours, or a file of an older build that is gone. */
export function PageError({ error }: ErrorComponentProps) {
  return (
    <div role="alert" className="mx-auto max-w-xl py-16">
      <h1 className="font-semibold text-lg">This page could not be drawn</h1>
      <p className="mt-1 text-ink-2">
        If Sightline has just been updated, loading the page again is enough. The data are not
        affected.
      </p>
      <pre className="mt-3 overflow-x-auto bg-sunken p-3 text-xs">
        {error instanceof Error ? error.message : String(error)}
      </pre>
      <Button look="primary" className="mt-3" onClick={() => window.location.reload()}>
        Load again
      </Button>
    </div>
  );
}
