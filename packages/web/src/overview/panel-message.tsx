import { ApiError, readableError } from '../api/client.ts';

/** Over an empty chart: why there is nothing to see. */
export function PanelMessage({ error }: { readonly error: Error | null }) {
  return (
    <div className="absolute inset-0 flex items-center justify-center p-4 text-center text-xs">
      {error === null ? (
        <p className="rounded-sm bg-surface px-2 py-1 text-ink-3">
          Nothing recorded in this time yet
        </p>
      ) : (
        <p role="alert" className="line-clamp-3 rounded-sm bg-bad-soft px-2 py-1 text-bad">
          {shortly(error)}
        </p>
      )}
    </div>
  );
}

/** Where the whole server fails, every panel does: the strip above says why, once. */
function shortly(error: Error): string {
  const isServer = error instanceof ApiError && (error.status === 0 || error.status >= 500);
  return isServer ? 'No answer from the server' : readableError(error.message);
}
