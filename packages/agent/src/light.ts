/**
 * The light face: the coordinator and the sources of machine and process, without export, tracking and rules. A process that has a store of
 * its own needs no more, and every module that it does not load is memory that it does not take.
 */
export { Coordinator, type SourceState } from './collect/coordinator.ts';
export type { InstrumentSource } from './instrument-source.ts';
export {
  Instrument,
  InstrumentSet,
  type MetricDescriptor,
  Point,
} from './metrics.ts';
export type { Metric, MetricKind } from './source.ts';
export { ProcessSource } from './sources/process/source.ts';
export { SystemSource } from './sources/system/source.ts';
