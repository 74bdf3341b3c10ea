/** Ready-made ways to send traces here. Each carries this server's real address. */
import type { Snippet, SnippetPlace } from '../overview/snippets.ts';

function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n');
}

/** The snippets for a server at `place`. */
export function traceSnippets({ origin, grpc, withToken }: SnippetPlace): readonly Snippet[] {
  const bearer = 'Bearer YOUR_TOKEN';
  return [
    {
      id: 'otlp',
      label: 'OpenTelemetry SDK',
      where: 'the environment of any program with an OpenTelemetry SDK',
      text: lines(
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
        'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
        // A space in a header is written as the specification of these variables wants it.
        withToken &&
          `export OTEL_EXPORTER_OTLP_HEADERS=authorization=${bearer.replace(' ', '%20')}`,
        'export OTEL_SERVICE_NAME=my-service',
      ),
    },
    {
      id: 'curl',
      label: 'curl',
      where: 'a shell: one span, now',
      text: lines(
        'NOW=$(date +%s)',
        `curl --fail-with-body -H 'content-type: application/json' \\`,
        withToken && `  -H 'authorization: ${bearer}' \\`,
        `  ${origin}/v1/traces -d @- <<END`,
        '{"resourceSpans": [{',
        '  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my-service"}}]},',
        '  "scopeSpans": [{"spans": [{',
        '    "traceId": "$(printf %032x $NOW)", "spanId": "$(printf %016x $NOW)", "name": "hello", "kind": 2,',
        '    "startTimeUnixNano": "$' +
          '{NOW}000000000", "endTimeUnixNano": "$' +
          '{NOW}250000000"',
        '  }]}]',
        '}]}',
        'END',
      ),
    },
    {
      id: 'collector',
      label: 'Collector',
      where: "the OpenTelemetry Collector's configuration",
      text: lines(
        'exporters:',
        '  otlphttp/sightline:',
        `    endpoint: ${origin}`,
        withToken && '    headers:',
        withToken && `      authorization: ${bearer}`,
        grpc !== undefined && `  # or over gRPC: "otlp/sightline" with endpoint ${grpc}`,
        'service:',
        '  pipelines:',
        '    traces:',
        '      receivers: [otlp]',
        '      exporters: [otlphttp/sightline]',
      ),
    },
    {
      id: 'zipkin',
      label: 'Zipkin',
      where: "a shell: one span in Zipkin's JSON; its reporters take the same address",
      text: lines(
        `curl --fail-with-body -H 'content-type: application/json' \\`,
        withToken && `  -H 'authorization: ${bearer}' \\`,
        `  ${origin}/api/v2/spans -d @- <<END`,
        '[{',
        '  "traceId": "$(printf %032x $(date +%s))", "id": "$(printf %016x $(date +%s))",',
        '  "name": "get /hello", "kind": "SERVER", "localEndpoint": {"serviceName": "my-service"},',
        '  "timestamp": $(date +%s)000000, "duration": 250000',
        '}]',
        'END',
      ),
    },
  ];
}
