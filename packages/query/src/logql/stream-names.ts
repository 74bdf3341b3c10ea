/**
 * How LogQL names what a store keeps: labels of streams, and structured metadata.
 *
 * Facts (Loki's documentation of OTLP): of a resource these attributes are stream labels, the others structured metadata; dots and all
 * else that a label name may not have become underscores. A stream without `service.name` was pushed with labels, and keeps them.
 */
import { Labels, type RecordQuerier } from '@sightline/store';
import { toldLevel } from '@sightline/wire';
import { labelName } from './pipeline/names.ts';

const RESOURCE_MARK = 'service.name';
const RESOURCE_LABELS: ReadonlySet<string> = new Set([
  'cloud.availability_zone',
  'cloud.region',
  'container.name',
  'deployment.environment',
  'deployment.environment.name',
  'k8s.cluster.name',
  'k8s.container.name',
  'k8s.cronjob.name',
  'k8s.daemonset.name',
  'k8s.deployment.name',
  'k8s.job.name',
  'k8s.namespace.name',
  'k8s.pod.name',
  'k8s.replicaset.name',
  'k8s.statefulset.name',
  'service.instance.id',
  'service.name',
  'service.namespace',
]);

/** A stream as LogQL sees it. */
export interface ShownStream {
  /** One object for equal labels. */
  labels: Labels;
  /** Structured metadata that every record of the stream has: names and values in turn. */
  metadata: readonly string[];
  /** Whether it is the resource of records that may have a severity number; others have a level in words. */
  isResource: boolean;
  /** The level that its labels and metadata tell of records which do not tell it themselves; '' for none. */
  level: string;
}

/** Names streams; one for each query, so that equal labels are one object. */
export class StreamNames {
  readonly #known = new Map<Labels, ShownStream>();
  readonly #labels = new Map<string, Labels>();

  of(stream: Labels): ShownStream {
    let shown = this.#known.get(stream);
    if (shown === undefined) {
      shown = this.#name(stream);
      this.#known.set(stream, shown);
    }
    return shown;
  }

  #name(stream: Labels): ShownStream {
    const { own, metadata, isResource } = nameStream(stream.toPairs());
    const made = Labels.fromPairs(own);
    const labels = this.#labels.get(made.key) ?? made;
    this.#labels.set(labels.key, labels);
    return { labels, metadata, isResource, level: toldLevel(labels, metadata) };
  }
}

interface NamedStream {
  own: string[];
  metadata: string[];
  isResource: boolean;
}

/** The labels of a stream and the structured metadata of its records, from its attributes: names and values in turn. */
export function nameStream(pairs: readonly string[]): NamedStream {
  let isResource = false;
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === RESOURCE_MARK) isResource = true;
  const own: string[] = [];
  const metadata: string[] = [];
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = pairs[i] ?? '';
    const into = isResource && !RESOURCE_LABELS.has(name) ? metadata : own;
    into.push(labelName(name), pairs[i + 1] ?? '');
  }
  return { own, metadata, isResource };
}

/** Labels of the streams that may have log records in the range (Unix ms, inclusive), each once. */
export function shownStreams(querier: RecordQuerier, minMs: number, maxMs: number): Labels[] {
  const names = new StreamNames();
  const found = new Set<Labels>();
  for (const stream of querier.streams('logs', minMs, maxMs)) found.add(names.of(stream).labels);
  return [...found];
}
