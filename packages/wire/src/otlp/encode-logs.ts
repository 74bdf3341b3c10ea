/** Log records to an ExportLogsServiceRequest (decode-logs.ts is its counterpart). */
import { ProtobufWriter } from '../protobuf/writer.ts';
import {
  type OtlpAttributes,
  type OtlpSender,
  writeAttributes,
  writeRequest,
  writeTime,
  writeVarint,
} from './encode-resource.ts';
import { ANY_STRING, SCOPE_METRICS_METRICS } from './fields.ts';
import {
  RECORD_ATTRIBUTES,
  RECORD_BODY,
  RECORD_EVENT_NAME,
  RECORD_OBSERVED_TIME,
  RECORD_SEVERITY_NUMBER,
  RECORD_SEVERITY_TEXT,
  RECORD_SPAN,
  RECORD_TIME,
  RECORD_TRACE,
} from './log-fields.ts';

export interface OtlpLogRecord {
  /** Unix time. */
  readonly timeMs: number;
  /** 1 to 24, or 0: not known. */
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  /** '' for a record that is no event. */
  readonly eventName: string;
  readonly attributes: OtlpAttributes;
  /** 32 and 16 hexadecimal digits, or ''. */
  readonly traceId: string;
  readonly spanId: string;
}

/** The body of a request with these records. Ids that are not hexadecimal of the right length are left out. */
export function encodeOtlpLogs(sender: OtlpSender, records: readonly OtlpLogRecord[]): Uint8Array {
  const writer = new ProtobufWriter();
  writeRequest(writer, sender, () => {
    for (const record of records) {
      // A scope's log records have the number that its metrics have.
      writer.message(SCOPE_METRICS_METRICS, () => writeRecord(writer, record));
    }
  });
  return writer.finish();
}

function writeRecord(writer: ProtobufWriter, record: OtlpLogRecord): void {
  writeTime(writer, RECORD_TIME, record.timeMs);
  if (record.severityNumber > 0) writeVarint(writer, RECORD_SEVERITY_NUMBER, record.severityNumber);
  if (record.severityText !== '') writer.text(RECORD_SEVERITY_TEXT, record.severityText);
  writer.message(RECORD_BODY, () => writer.text(ANY_STRING, record.body));
  writeAttributes(writer, RECORD_ATTRIBUTES, record.attributes);
  if (/^[0-9a-f]{32}$/i.test(record.traceId)) {
    writer.bytes(RECORD_TRACE, Buffer.from(record.traceId, 'hex'));
  }
  if (/^[0-9a-f]{16}$/i.test(record.spanId)) {
    writer.bytes(RECORD_SPAN, Buffer.from(record.spanId, 'hex'));
  }
  writeTime(writer, RECORD_OBSERVED_TIME, record.timeMs);
  if (record.eventName !== '') writer.text(RECORD_EVENT_NAME, record.eventName);
}
