import { useParams } from '@tanstack/react-router';
import { ApiError } from '../api/client.ts';
import { usePageTitle } from '../app/use-page-title.ts';
import '../styles/lazy.css';
import { Button } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { TraceExplorer } from './trace-explorer.tsx';
import { useTrace } from './use-trace.ts';

/** One trace. */
export function TracePage() {
  const { traceId } = useParams({ from: '/traces/$traceId' });
  const id = traceId.toLowerCase();
  usePageTitle(`Trace ${id.slice(0, 8)}`);
  const { model, error, isPending, isFetching, refetch } = useTrace(id);
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <div data-page="traces">
      {model !== undefined ? (
        <TraceExplorer key={`${id} ${model.trace.n}`} model={model} onReload={refetch} />
      ) : null}
      {isPending ? (
        <div className="flex flex-col gap-2 pt-2">
          <div className="skeleton h-8 w-1/2" />
          <div className="skeleton h-14" />
          <div className="skeleton h-96" />
        </div>
      ) : null}
      {error !== null || (model === undefined && !isPending) ? (
        <div className="py-4">
          <Notice
            tone={isMissing ? 'empty' : 'bad'}
            title={isMissing ? 'No trace has this id' : 'The trace could not be loaded'}
            action={
              <Button onClick={() => refetch()}>{isFetching ? 'Asking' : 'Ask again'}</Button>
            }
          >
            {isMissing
              ? `Nothing is recorded under ${id}. Its spans may not have arrived yet, or retention has dropped them.`
              : (error?.message ?? 'It has no spans.')}
          </Notice>
        </div>
      ) : null}
    </div>
  );
}
