import { type LogLine, msOfNs } from '../api/loki.ts';
import { downloadText } from '../explore/download.ts';

/** A file of more would not fit into one text. */
const maxDownload = 100_000;

/** The lines as JSON objects, one a line. */
function linesText(lines: readonly LogLine[]): string {
  return lines
    .slice(0, maxDownload)
    .map(({ ns, line, stream, metadata }) => {
      const time = new Date(Math.floor(msOfNs(ns))).toISOString();
      return `${JSON.stringify({ time, time_unix_nano: ns, line, ...stream, ...metadata })}\n`;
    })
    .join('');
}

/** Hands the loaded lines to the reader as a file. */
export function downloadLines(lines: readonly LogLine[]): void {
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '');
  downloadText(`sightline-logs-${time}.ndjson`, 'application/x-ndjson', linesText(lines));
}
