import { useSystem } from '../overview/use-status.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Section } from '../ui/section.tsx';
import { traceSnippets } from './send-snippets.ts';

/** How to send traces to this server. */
export function SendTraces() {
  const { data: system } = useSystem();
  const snippets = traceSnippets(window.location.origin, system?.token_required === true);
  return (
    <Section title="Send traces">
      <p className="max-w-3xl py-1 text-ink-2">
        Sightline takes OpenTelemetry over HTTP and gRPC, and Zipkin's JSON at /api/v2/spans. Rates,
        errors and durations of services, and the map between them, are computed from the spans as
        they arrive.
      </p>
      <div className="flex max-w-4xl flex-col gap-4">
        {snippets.map((snippet) => (
          <div key={snippet.id}>
            <div className="flex items-start justify-between gap-3">
              <h3 className="py-1 text-ink-2 text-xs">{snippet.title}</h3>
              <CopyButton text={snippet.text} />
            </div>
            <pre className="mt-1 overflow-x-auto bg-sunken p-3 text-xs leading-5">
              {snippet.text}
            </pre>
          </div>
        ))}
      </div>
    </Section>
  );
}
