import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { watchedFetch } from '../api/client.ts';
import type { EditorLanguage } from '../editor/editor-extensions.ts';

// One for the whole page: all editors share its cache of names.
const extension = new PromQLExtension().setComplete({
  remote: { fetchFn: watchedFetch, httpMethod: 'GET', cache: { maxAge: 60_000 } },
  maxMetricsMetadata: 20_000,
});

export const promql: EditorLanguage = {
  extension: extension.asExtension(),
  placeholder: 'A PromQL expression, such as rate(system_network_io_bytes_total[1m])',
};
