import { SnippetTabs } from '../overview/snippet-tabs.tsx';
import { useSnippetPlace } from '../overview/use-snippet-place.ts';
import { Section } from '../ui/section.tsx';
import { traceSnippets } from './send-snippets.ts';

/** How to send traces to this server. */
export function SendTraces() {
  const place = useSnippetPlace();
  return (
    <Section title="Send traces">
      <p className="max-w-3xl py-1 text-ink-2">
        Sightline takes OpenTelemetry over HTTP and gRPC, and Zipkin's JSON. Rates, errors and
        durations of services, and the map between them, are computed from the spans as they arrive.
      </p>
      <div className="max-w-4xl">
        <SnippetTabs label="Ways to send traces" snippets={traceSnippets(place)} />
      </div>
    </Section>
  );
}
