/** Ready-made ways to send logs here. Every snippet carries this server's real address. */
import type { Snippet, SnippetPlace } from '../overview/snippets.ts';

function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n');
}

/** The snippets for a server at `place`. */
export function logSnippets({ origin, withToken }: SnippetPlace): readonly Snippet[] {
  const bearer = 'Bearer YOUR_TOKEN';
  return [
    {
      id: 'curl',
      label: 'curl',
      where: 'a shell: one line as JSON; every field of it can be searched',
      text: lines(
        `curl --fail-with-body ${origin}/api/v1/logs?service_name=my-service \\`,
        withToken && `  -H 'authorization: ${bearer}' \\`,
        "  -H 'content-type: application/x-ndjson' \\",
        `  -d '{"level":"info","message":"hello from the shell","order_id":4711}'`,
      ),
    },
    {
      id: 'file',
      label: 'A file',
      where: 'a shell: every line of a file, stamped on arrival',
      text: lines(
        `curl --fail-with-body ${origin}/api/v1/logs?service_name=nginx \\`,
        withToken && `  -H 'authorization: ${bearer}' \\`,
        "  -H 'content-type: text/plain' \\",
        '  --data-binary @/var/log/nginx/access.log',
      ),
    },
    {
      id: 'otlp',
      label: 'OpenTelemetry SDK',
      where: 'the environment of any program with an OpenTelemetry SDK',
      text: lines(
        `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
        'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
        'export OTEL_LOGS_EXPORTER=otlp',
        'export OTEL_SERVICE_NAME=my-service',
        withToken && `export OTEL_EXPORTER_OTLP_HEADERS='authorization=${encodeURI(bearer)}'`,
      ),
    },
    {
      id: 'collector',
      label: 'Collector',
      where: "the OpenTelemetry Collector's configuration",
      text: lines(
        'receivers:',
        '  filelog:',
        '    include: [/var/log/*.log]',
        'exporters:',
        '  otlphttp/sightline:',
        `    endpoint: ${origin}`,
        withToken && '    headers:',
        withToken && `      authorization: ${bearer}`,
        'service:',
        '  pipelines:',
        '    logs:',
        '      receivers: [filelog]',
        '      exporters: [otlphttp/sightline]',
      ),
    },
    {
      id: 'loki',
      label: 'Alloy, Promtail',
      where: 'whatever sends to Loki: its push address',
      text: lines(
        'clients:',
        `  - url: ${origin}/loki/api/v1/push`,
        withToken && '    bearer_token: YOUR_TOKEN',
      ),
    },
  ];
}
