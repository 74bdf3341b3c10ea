/** The plain SDK as its documentation starts it; OTEL_* in the environment say where to. */
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { PeriodicExportingMetricReader } = require('@opentelemetry/sdk-metrics');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { OTLPMetricExporter } = require('@opentelemetry/exporter-metrics-otlp-proto');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto');

/** `sdk-metrics`: no spans; `sdk`: spans of HTTP; `sdk-fastify`: of Fastify, too. */
exports.startSdk = (variant) => {
  if (variant === 'sdk-metrics') process.env.OTEL_TRACES_EXPORTER = 'none';
  const instrumentations = [new HttpInstrumentation()];
  let plugin;
  if (variant === 'sdk-fastify') {
    const { FastifyOtelInstrumentation } = require('@fastify/otel');
    const fastify = new FastifyOtelInstrumentation();
    instrumentations.push(fastify);
    plugin = fastify.plugin();
  }
  const sdk = new NodeSDK({
    instrumentations,
    metricReaders: [
      new PeriodicExportingMetricReader({
        exporter: new OTLPMetricExporter(),
        exportIntervalMillis: 15_000,
      }),
    ],
    ...(variant === 'sdk-metrics' ? {} : { traceExporter: new OTLPTraceExporter() }),
  });
  sdk.start();
  return { plugin };
};
