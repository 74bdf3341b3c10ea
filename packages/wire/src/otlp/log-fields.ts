/** Field numbers of the OTLP messages of logs (opentelemetry-proto 1.x, collector/logs/v1 and logs/v1). */
export const RECORD_TIME = 1;
export const RECORD_SEVERITY_NUMBER = 2;
export const RECORD_SEVERITY_TEXT = 3;
export const RECORD_BODY = 5;
export const RECORD_ATTRIBUTES = 6;
export const RECORD_DROPPED_ATTRIBUTES = 7;
export const RECORD_TRACE = 9;
export const RECORD_SPAN = 10;
export const RECORD_OBSERVED_TIME = 11;
export const RECORD_EVENT_NAME = 12;
