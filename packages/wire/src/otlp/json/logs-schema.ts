/** OTLP/JSON of logs; schema.ts has the parts that all signals share. */
import {
  anyValue,
  JsonMessage,
  keyValue,
  one,
  resource,
  scope,
  sub,
  subs,
  TYPE_FIXED64,
  TYPE_HEX,
  TYPE_INT32,
  TYPE_STRING,
} from './schema.ts';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** SEVERITY_NUMBER_TRACE is 1, SEVERITY_NUMBER_TRACE2 2, up to SEVERITY_NUMBER_FATAL4, 24. */
function severityNames(): Map<string, number> {
  const names = new Map([['SEVERITY_NUMBER_UNSPECIFIED', 0]]);
  for (const [i, level] of LEVELS.entries()) {
    for (let step = 1; step <= 4; step++) {
      names.set(`SEVERITY_NUMBER_${level}${step === 1 ? '' : step}`, i * 4 + step);
    }
  }
  return names;
}

const logRecord = new JsonMessage()
  .add('timeUnixNano', one(1, TYPE_FIXED64))
  .add('observedTimeUnixNano', one(11, TYPE_FIXED64))
  .add('severityNumber', { ...one(2, TYPE_INT32), names: severityNames() })
  .add('severityText', one(3, TYPE_STRING))
  .add('body', sub(5, anyValue))
  .add('attributes', subs(6, keyValue))
  .add('droppedAttributesCount', one(7, TYPE_INT32))
  .add('traceId', one(9, TYPE_HEX))
  .add('spanId', one(10, TYPE_HEX))
  .add('eventName', one(12, TYPE_STRING));

const scopeLogs = new JsonMessage()
  .add('scope', sub(1, scope))
  .add('logRecords', subs(2, logRecord));

const resourceLogs = new JsonMessage()
  .add('resource', sub(1, resource))
  .add('scopeLogs', subs(2, scopeLogs));

/** ExportLogsServiceRequest. */
export const LOGS_REQUEST = new JsonMessage().add('resourceLogs', subs(1, resourceLogs));
