/** Field numbers of the OTLP messages of traces (opentelemetry-proto 1.x, collector/trace/v1 and trace/v1). */
export const SPAN_TRACE_ID = 1;
export const SPAN_SPAN_ID = 2;
export const SPAN_TRACE_STATE = 3;
export const SPAN_PARENT_ID = 4;
export const SPAN_NAME = 5;
export const SPAN_KIND = 6;
export const SPAN_START = 7;
export const SPAN_END = 8;
export const SPAN_ATTRIBUTES = 9;
export const SPAN_DROPPED_ATTRIBUTES = 10;
export const SPAN_EVENTS = 11;
export const SPAN_DROPPED_EVENTS = 12;
export const SPAN_LINKS = 13;
export const SPAN_DROPPED_LINKS = 14;
export const SPAN_STATUS = 15;

export const STATUS_MESSAGE = 2;
export const STATUS_CODE = 3;

export const EVENT_TIME = 1;
export const EVENT_NAME = 2;
export const EVENT_ATTRIBUTES = 3;
export const EVENT_DROPPED_ATTRIBUTES = 4;

export const LINK_TRACE_ID = 1;
export const LINK_SPAN_ID = 2;
export const LINK_TRACE_STATE = 3;
export const LINK_ATTRIBUTES = 4;
export const LINK_DROPPED_ATTRIBUTES = 5;
