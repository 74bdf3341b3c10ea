/** Ready-made ways to send data here. Every snippet carries this server's real address. */

export interface SnippetPlace {
  /** Where the page came from: `http://host:port`. */
  readonly origin: string;
  /** `host:port` of the page. */
  readonly host: string;
  readonly secure: boolean;
  /** `host:port` of the OTLP/gRPC listener where there is one. */
  readonly grpc: string | undefined;
  /** True when the server asks for a token. */
  readonly withToken: boolean;
}

export interface Snippet {
  readonly id: string;
  readonly label: string;
  /** Where the text goes. */
  readonly where: string;
  readonly text: string;
}

/** Stands in snippets where the reader puts the token. */
const tokenPlaceholder = 'YOUR_TOKEN';

function lines(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false).join('\n');
}

/** The snippets for a server at `place`. */
export function snippetsFor(place: SnippetPlace): readonly Snippet[] {
  const { origin, host, secure, grpc, withToken } = place;
  const bearer = `Bearer ${tokenPlaceholder}`;
  return [
    {
      id: 'node',
      label: 'Node.js',
      where:
        'npm install @opentelemetry/sdk-metrics @opentelemetry/exporter-metrics-otlp-proto @opentelemetry/resources, then metrics.mjs',
      text: lines(
        "import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto';",
        "import { resourceFromAttributes } from '@opentelemetry/resources';",
        "import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';",
        '',
        'const exporter = new OTLPMetricExporter({',
        `  url: '${origin}/v1/metrics',`,
        withToken && `  headers: { authorization: '${bearer}' },`,
        '});',
        'const provider = new MeterProvider({',
        "  resource: resourceFromAttributes({ 'service.name': 'my-service' }),",
        '  readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 10_000 })],',
        '});',
        "provider.getMeter('example').createCounter('orders').add(1);",
        'await provider.shutdown(); // for a short script: sends at once what is left',
      ),
    },
    {
      id: 'python',
      label: 'Python',
      where:
        'pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http, then metrics.py',
      text: lines(
        'from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter',
        'from opentelemetry.sdk.metrics import MeterProvider',
        'from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader',
        'from opentelemetry.sdk.resources import Resource',
        '',
        'exporter = OTLPMetricExporter(',
        `    endpoint="${origin}/v1/metrics",`,
        withToken && `    headers={"authorization": "${bearer}"},`,
        ')',
        'provider = MeterProvider(',
        '    resource=Resource.create({"service.name": "my-service"}),',
        '    metric_readers=[PeriodicExportingMetricReader(exporter, export_interval_millis=10_000)],',
        ')',
        'provider.get_meter("example").create_counter("orders").add(1)',
        'provider.shutdown()  # for a short script: sends at once what is left',
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
        ...(grpc === undefined ? [] : [`  # or over gRPC: "otlp/sightline" with endpoint ${grpc}`]),
        'service:',
        '  pipelines:',
        '    metrics:',
        '      receivers: [otlp]',
        '      exporters: [otlphttp/sightline]',
      ),
    },
    {
      id: 'remote-write',
      label: 'Prometheus',
      where: 'prometheus.yml: Prometheus keeps scraping and sends a copy here',
      text: lines(
        'remote_write:',
        `  - url: ${origin}/api/v1/write`,
        withToken && '    authorization:',
        withToken && `      credentials: ${tokenPlaceholder}`,
      ),
    },
    {
      id: 'scrape',
      label: 'Scrape us',
      where: "prometheus.yml: Prometheus reads this process' own metrics",
      text: lines(
        'scrape_configs:',
        '  - job_name: sightline',
        secure && '    scheme: https',
        withToken && '    authorization:',
        withToken && `      credentials: ${tokenPlaceholder}`,
        '    static_configs:',
        `      - targets: ['${host}']`,
      ),
    },
    {
      id: 'curl',
      label: 'curl',
      where: 'a shell: one sample in the text format, stamped on arrival',
      text: lines(
        `echo 'room_temperature_celsius{room="kitchen"} 21.5' |`,
        withToken && `  curl --fail-with-body -H 'authorization: ${bearer}' \\`,
        withToken
          ? `    --data-binary @- ${origin}/api/v1/import/prometheus`
          : `  curl --fail-with-body --data-binary @- ${origin}/api/v1/import/prometheus`,
      ),
    },
  ];
}
