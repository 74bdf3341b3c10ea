/** docs/metrics.md, from the instruments themselves. */
import { type InstrumentSource, ProcessSource, SystemSource } from '@sightline/agent/sources';
import { REPORT_METRICS } from '../scrape/report.ts';
import { familyOf } from './names.ts';
import { ServerSource } from './server-source.ts';

const INTRO = `# Metrics of the machine and of this process

Sightline records these about its machine and itself from its first second, into the tenant \`default\` with the labels
\`job="sightline"\` and \`instance="<host name>"\` (setting \`self.interval_ms\`), and shows them at \`/metrics\`. Names are those of the
OpenTelemetry semantic conventions where they have one; stored names and labels follow from them by the same translation as data
that arrives over OTLP. Metrics under \`sightline.\` are our own, as are \`system.linux.pressure.*\`, \`system.linux.file_handle.*\`,
\`system.filesystem.inodes.*\`, \`system.disk.merged\`, \`system.memory.shared\`, \`system.paging.io\`, \`container.memory.limit\`,
\`container.cpu.limit\`, \`container.cpu.throttled_time\` and \`nodejs.memory.*\`. What a machine does not have (swap, a cgroup limit,
pressure information) is absent. Platforms other than Linux have CPU, load and memory.

This page is generated: \`node --conditions=development packages/server/src/intake/self/write-docs.ts\`.
`;

const SCRAPE_INTRO = `## Scraping

Every scrape of a target adds these series, with the target's labels.

| Stored name | Meaning |
| --- | --- |
`;

/** The whole page. */
export function metricsPage(): string {
  const intervalMs = 60_000;
  const system = new SystemSource({ intervalMs, platform: 'linux' });
  const process = new ProcessSource({ intervalMs });
  const server = new ServerSource({
    intervalMs,
    version: '',
    intake: () => ({ protocols: [], rejections: [], firstExternalSampleMs: null }),
    store: () => {
      throw new Error('the page does not collect');
    },
    queries: () => ({
      running: 0,
      queued: 0,
      workers: 0,
      answered: 0,
      refused: 0,
      cancelled: 0,
      timedOut: 0,
      died: 0,
    }),
    scrape: () => ({ up: 0, down: 0, unknown: 0 }),
    delta: () => ({ streams: 0, histogramStreams: 0, evicted: 0 }),
    red: () => ({ operations: 0, edges: 0, pending: 0, unpaired: 0, overflown: 0 }),
    logs: () => ({
      tails: { open: 0, refused: 0, dropped: 0 },
      patterns: { patterns: 0, bytes: 0, forgotten: 0 },
    }),
  });
  const page = [
    INTRO,
    section('The machine', system),
    section('This process', process),
    section('Sightline', server),
    SCRAPE_INTRO + REPORT_METRICS.map(([name, text]) => `| \`${name}\` | ${text} |\n`).join(''),
  ];
  for (const source of [system, process, server]) source.close();
  return page.join('\n');
}

function section(title: string, source: InstrumentSource): string {
  const rows = source.instruments.map(({ descriptor }) => {
    const { name, kind, unit, description, attributes } = descriptor;
    const keys = attributes.map((key) => `\`${key}\``).join(', ');
    const shownUnit = unit === '' ? '' : `\`${unit}\``;
    return `| \`${name}\` | \`${familyOf(descriptor).name}\` | ${kind} | ${shownUnit} | ${keys} | ${description} |`;
  });
  return `## ${title}

| Name | Stored name | Type | Unit | Attributes | Meaning |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}
