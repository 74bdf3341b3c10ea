/** What `GET /api/v1/targets` shows of the scrape manager, in Prometheus' own field names (web/api/v1/api.go, Target). */
export interface TargetsView {
  /** Active targets, ordered by scrape pool. */
  active(): ActiveTarget[];
  /** Targets that relabelling dropped; may be cut to a bound, `droppedCounts` never is. */
  dropped(): DroppedTarget[];
  /** Number of dropped targets by scrape pool. */
  droppedCounts(): Record<string, number>;
  /** Names of the scrape pools (job names). */
  pools(): string[];
}

export interface ActiveTarget {
  discoveredLabels: Record<string, string>;
  labels: Record<string, string>;
  scrapePool: string;
  scrapeUrl: string;
  globalUrl: string;
  /** '' when the last scrape went well. */
  lastError: string;
  /** RFC 3339; `0001-01-01T00:00:00Z` before the first scrape. */
  lastScrape: string;
  /** Seconds. */
  lastScrapeDuration: number;
  health: 'up' | 'down' | 'unknown';
  /** Prometheus durations, e.g. `15s`. */
  scrapeInterval: string;
  scrapeTimeout: string;
}

export interface DroppedTarget {
  discoveredLabels: Record<string, string>;
  scrapePool: string;
}

/** For a process that scrapes nothing. */
export const noTargets: TargetsView = {
  active: () => [],
  dropped: () => [],
  droppedCounts: () => ({}),
  pools: () => [],
};
