/** Ready-made ways to send traces here. Each carries this server's real address. */

export interface TraceSnippet {
  readonly id: string;
  readonly title: string;
  readonly text: string;
}

function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n');
}

/** The snippets for the server at `origin`; with `withToken` they have a place for its token. */
export function traceSnippets(origin: string, withToken: boolean): readonly TraceSnippet[] {
  const bearer = 'Bearer YOUR_TOKEN';
  return [
    {
      id: 'sdk',
      title: 'Any application with an OpenTelemetry SDK: variables of its environment',
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
      title: 'A shell with curl: one span, now',
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
  ];
}
