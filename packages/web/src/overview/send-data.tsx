import { useNavigate, useSearch } from '@tanstack/react-router';
import type { IntakeStatus } from '../api/status.ts';
import { logSnippets } from '../logs/send-logs.ts';
import { traceSnippets } from '../traces/send-snippets.ts';
import { Segmented } from '../ui/segmented.tsx';
import { FirstArrival } from './first-arrival.tsx';
import { SnippetTabs } from './snippet-tabs.tsx';
import { snippetsFor } from './snippets.ts';
import { useSnippetPlace } from './use-snippet-place.ts';

const kinds = [
  { value: 'metrics', label: 'Metrics' },
  { value: 'logs', label: 'Logs' },
  { value: 'traces', label: 'Traces' },
] as const;

const snippetsOf = { metrics: snippetsFor, logs: logSnippets, traces: traceSnippets };

/** How to send data of each kind, with a live check that it arrives. */
export function SendData({ intake }: { readonly intake: IntakeStatus | undefined }) {
  const search = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const place = useSnippetPlace();
  const kind = kinds.find(({ value }) => value === search.send)?.value ?? 'metrics';
  return (
    <div className="flex flex-col gap-2">
      <div>
        <Segmented
          label="Kind of data"
          name="send-kind"
          options={kinds}
          value={kind}
          onChange={(send) =>
            navigate({ search: { ...search, send }, replace: true, resetScroll: false })
          }
        />
      </div>
      <FirstArrival intake={intake} kind={kind} />
      <SnippetTabs key={kind} label={`Ways to send ${kind}`} snippets={snippetsOf[kind](place)} />
    </div>
  );
}
