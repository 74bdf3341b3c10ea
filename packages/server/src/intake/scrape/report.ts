/** The series that every scrape adds about itself, as Prometheus does (scrape/scrape.go). */

/** Name and meaning, in the order in which they are written. */
export const REPORT_METRICS = [
  ['up', '1 when the target answered with a text that could be stored, 0 otherwise.'],
  ['scrape_duration_seconds', 'How long the scrape took.'],
  ['scrape_samples_scraped', 'Samples the target exposed.'],
  [
    'scrape_samples_post_metric_relabeling',
    'Samples left after `metric_relabel_configs` were applied.',
  ],
  ['scrape_series_added', 'Series that the previous scrape of the target did not have (about).'],
] as const;
