const names = new Map([
  ['remote_write', 'Remote write'],
  ['otlp_http', 'OTLP over HTTP'],
  ['otlp_grpc', 'OTLP over gRPC'],
  ['import', 'Import'],
  ['scrape', 'Scrape'],
  ['loki', 'Loki push'],
  ['logs', 'Plain logs'],
  ['zipkin', 'Zipkin'],
  ['self', 'This machine'],
]);

/** A protocol's name for people. */
export function protocolName(protocol: string): string {
  return names.get(protocol) ?? protocol;
}

/** `too_far_in_future` to `too far in future`. */
export function reasonText(reason: string): string {
  return reason.replaceAll('_', ' ');
}
