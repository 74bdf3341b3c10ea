export { Coordinator, type SourceState } from './coordinator.ts';
export {
  Instrument,
  InstrumentSet,
  type MetricDescriptor,
  type MetricKind,
  Point,
} from './metrics.ts';
export type { MonitoringSource } from './source.ts';
export { ProcessSource } from './sources/process/source.ts';
export { SystemSource } from './sources/system/source.ts';
