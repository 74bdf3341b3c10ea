/** The service of a stream that does not name it, as Loki finds it (discover_service_name). */

const SERVICE_LABELS = [
  'service',
  'app',
  'application',
  'app_name',
  'name',
  'app_kubernetes_io_name',
  'container',
  'container_name',
  'k8s_container_name',
  'component',
  'workload',
  'job',
  'k8s_job_name',
];

/**
 * The value of the label `service_name` to add to labels given as names and values in turn: the first of these labels that there is, else
 * `unknown_service`; '' when the stream names its service.
 */
export function serviceOf(pairs: readonly string[]): string {
  let best = SERVICE_LABELS.length;
  let service = 'unknown_service';
  for (let i = 0; i < pairs.length; i += 2) {
    if (pairs[i + 1] === '') continue;
    if (pairs[i] === 'service_name' || pairs[i] === 'service.name') return '';
    const rank = SERVICE_LABELS.indexOf(pairs[i]);
    if (rank < 0 || rank >= best) continue;
    best = rank;
    service = pairs[i + 1];
  }
  return service;
}
