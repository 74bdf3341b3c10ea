/**
 * Which remote write a request speaks, by its headers.
 *
 * As Prometheus' receiver has it: no Content-Type means 1.0, no Content-Encoding means snappy, the `proto` parameter names the message,
 * other parameters do not matter. Everything else is answered with 415.
 */
export type RemoteWriteVersion = 1 | 2;

const MEDIA_TYPE = 'application/x-protobuf';

const MESSAGES: ReadonlyMap<string, RemoteWriteVersion> = new Map([
  ['prometheus.WriteRequest', 1],
  ['io.prometheus.write.v2.Request', 2],
]);

/** The version that is asked for (1.0 unless 2.0 is named), and why the request cannot be read, '' when it can. */
export function versionOf(
  contentType: string | undefined,
  contentEncoding: string | undefined,
): { version: RemoteWriteVersion; problem: string } {
  const [mediaType = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim());
  let version: RemoteWriteVersion = 1;
  let problem = '';
  if (mediaType !== '' && mediaType.toLowerCase() !== MEDIA_TYPE) {
    problem = `content type ${quoted(mediaType)} is not supported, only ${MEDIA_TYPE}`;
  }
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2).map((part) => part.trim());
    if (name.toLowerCase() !== 'proto') continue;
    const message = value.replace(/^"(.*)"$/, '$1');
    const named = MESSAGES.get(message);
    if (named === undefined) problem ||= `message ${quoted(message)} is not supported`;
    else version = named;
  }
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding !== '' && encoding !== 'snappy') {
    problem ||= `content encoding ${quoted(encoding)} is not supported, only snappy`;
  }
  return { version, problem };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
