export { type CollectionSink, Coordinator, type SourceState } from './coordinator.ts';
export {
  Instrument,
  InstrumentSet,
  type MetricDescriptor,
  type MetricKind,
  Point,
} from './metrics.ts';
export type { MonitoringSource } from './source.ts';
export { ProcessSource, type ProcessSourceOptions } from './sources/process/source.ts';
export { SystemSource, type SystemSourceOptions } from './sources/system/source.ts';
