/**
 * The labels of a scraped sample: target labels, conflicts, `metric_relabel_configs`, limits (prometheus/scrape/scrape.go,
 * mutateSampleLabels and verifyLabelLimits). Runs once per series, not once per sample.
 */
import { LineProblem } from '@sightline/wire';
import type { ScrapeConfig } from '../../config/scrape.ts';
import { relabel } from './relabel.ts';

/**
 * Names and values in turn, from the text to what is stored; null when relabelling drops the sample. Throws LineProblem past a
 * limit and where the name is lost: either fails the scrape.
 */
export function sampleLabels(
  pairs: readonly string[],
  target: ReadonlyMap<string, string>,
  config: ScrapeConfig,
): string[] | null {
  const labels = new Map<string, string>();
  for (let i = 0; i + 1 < pairs.length; i += 2) labels.set(pairs[i] ?? '', pairs[i + 1] ?? '');
  if (config.honorLabels) {
    for (const [name, value] of target) if (!labels.has(name)) labels.set(name, value);
  } else addTargetLabels(labels, target);
  if (!relabel(labels, config.metricRelabel)) return null;
  if ((labels.get('__name__') ?? '') === '') {
    throw new LineProblem('no metric name after relabelling');
  }
  checkLimits(labels, config);
  const shaped: string[] = [];
  for (const [name, value] of labels) shaped.push(name, value);
  return shaped;
}

/** The target's labels win; a label of the sample with such a name moves to `exported_<name>`. */
function addTargetLabels(labels: Map<string, string>, target: ReadonlyMap<string, string>): void {
  const moved: [string, string][] = [];
  for (const [name, value] of target) {
    const exposed = labels.get(name) ?? '';
    if (exposed !== '') moved.push([name, exposed]);
    labels.set(name, value);
  }
  moved.sort(([a], [b]) => a.length - b.length);
  for (const [name, value] of moved) {
    let free = `exported_${name}`;
    while ((labels.get(free) ?? '') !== '') free = `exported_${free}`;
    labels.set(free, value);
  }
}

function checkLimits(labels: ReadonlyMap<string, string>, config: ScrapeConfig): void {
  const { labelLimit, labelNameLengthLimit, labelValueLengthLimit } = config;
  if (labelLimit === 0 && labelNameLengthLimit === 0 && labelValueLengthLimit === 0) return;
  const metric = JSON.stringify((labels.get('__name__') ?? '').slice(0, 50));
  if (labelLimit > 0 && labels.size > labelLimit) {
    throw new LineProblem(
      `label_limit exceeded (metric: ${metric}, number of labels: ${labels.size}, limit: ${labelLimit})`,
    );
  }
  for (const [name, value] of labels) {
    const nameLength = Buffer.byteLength(name);
    if (labelNameLengthLimit > 0 && nameLength > labelNameLengthLimit) {
      throw new LineProblem(
        `label_name_length_limit exceeded (metric: ${metric}, label name: ${JSON.stringify(name.slice(0, 50))}, length: ${nameLength}, limit: ${labelNameLengthLimit})`,
      );
    }
    const valueLength = Buffer.byteLength(value);
    if (labelValueLengthLimit > 0 && valueLength > labelValueLengthLimit) {
      throw new LineProblem(
        `label_value_length_limit exceeded (metric: ${metric}, label name: ${JSON.stringify(name.slice(0, 50))}, length: ${valueLength}, limit: ${labelValueLengthLimit})`,
      );
    }
  }
}
