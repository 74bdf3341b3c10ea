/** Which of the two formats a body is in, and which one a client prefers (HTTP's Content-Type and Accept). */
import type { ExpositionFormat } from './parse.ts';

const MEDIA_TYPES: Readonly<Record<string, ExpositionFormat>> = {
  'text/plain': 'text',
  'application/openmetrics-text': 'openmetrics',
};

/** Content-Type of what ExpositionWriter writes. */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** The format of a Content-Type, or undefined when it is another or none. */
export function formatOfContentType(header: string | undefined): ExpositionFormat | undefined {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return Object.hasOwn(MEDIA_TYPES, type) ? MEDIA_TYPES[type] : undefined;
}

/** The format that an Accept header prefers: OpenMetrics only when named in version 1.0.0, or without a version. */
export function preferredFormat(accept: string | undefined): ExpositionFormat {
  let best: ExpositionFormat = 'text';
  let bestQuality = 0;
  for (const part of (accept ?? '').split(',')) {
    const [type = '', ...parameters] = part.split(';').map((p) => p.trim().toLowerCase());
    const format = Object.hasOwn(MEDIA_TYPES, type) ? MEDIA_TYPES[type] : undefined;
    if (format === undefined) continue;
    const version = parameters.find((p) => p.startsWith('version='))?.slice(8);
    if (format === 'openmetrics' && version !== undefined && version !== '1.0.0') continue;
    const quality = Number(parameters.find((p) => p.startsWith('q='))?.slice(2) ?? 1);
    if (quality > bestQuality) {
      best = format;
      bestQuality = quality;
    }
  }
  return best;
}
