/** The face of what an application needs to send and to show: no decoder is loaded with it. */
export { CONTENT_TYPES, preferredFormat } from './exposition/media-type.ts';
export { ExpositionWriter, labelsText } from './exposition/write.ts';
export { encodeOtlpLogs, type OtlpLogRecord } from './otlp/encode-logs.ts';
export { encodeOtlpMetrics, type OtlpPoint } from './otlp/encode-metrics.ts';
export type { OtlpAttributes, OtlpSender } from './otlp/encode-resource.ts';
export { type OtlpSpan, OtlpTraces } from './otlp/encode-traces.ts';
export { labelName } from './translate/label-name.ts';
export { metricName } from './translate/metric-name.ts';
export { DEFAULT_TRANSLATION } from './translate/options.ts';
