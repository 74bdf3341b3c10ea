/** A found trace and TraceQL values in Tempo's JSON (protobuf's own: 64-bit integers as text, defaults left out). */
import type { SpanMatch, SpansetMatch, TraceMatch, TraceqlValue } from '@sightline/query';
import { valueText } from '@sightline/query';
import { quoted } from './text-pieces.ts';
import { nanosText } from './times.ts';

/** An element of `traces`. */
export function matchJson(match: TraceMatch): string {
  const members = [`"traceID":"${match.traceId}"`];
  if (match.rootServiceName !== '') {
    members.push(`"rootServiceName":${quoted(match.rootServiceName)}`);
  }
  if (match.rootTraceName !== '') members.push(`"rootTraceName":${quoted(match.rootTraceName)}`);
  members.push(`"startTimeUnixNano":"${nanosText(match.startLo, match.startHi)}"`);
  const durationMs = Math.floor(match.durationNs / 1e6);
  if (durationMs > 0) members.push(`"durationMs":${durationMs}`);
  const sets = match.spansets.map(spansetJson);
  if (sets.length > 0) members.push(`"spanSet":${sets[0]}`, `"spanSets":[${sets.join()}]`);
  const stats = match.services.map(({ service, spans, errors }) => {
    const counts = errors === 0 ? '' : `,"errorCount":${errors}`;
    return `${quoted(service)}:{"spanCount":${spans}${counts}}`;
  });
  if (stats.length > 0) members.push(`"serviceStats":{${stats.join()}}`);
  return `{${members.join()}}`;
}

function spansetJson({ spans, matched, attributes }: SpansetMatch): string {
  let json = `{"spans":[${spans.map(spanJson).join()}],"matched":${matched}`;
  if (attributes.length > 0) json += `,"attributes":[${attributes.map(keyValueJson).join()}]`;
  return `${json}}`;
}

function spanJson(span: SpanMatch): string {
  let json = `{"spanID":"${span.spanId}"`;
  if (span.name !== '') json += `,"name":${quoted(span.name)}`;
  json += `,"startTimeUnixNano":"${nanosText(span.startLo, span.startHi)}"`;
  json += `,"durationNanos":"${span.durationNs}"`;
  if (span.attributes.length > 0) {
    json += `,"attributes":[${span.attributes.map(keyValueJson).join()}]`;
  }
  return `${json}}`;
}

function keyValueJson({ key, value }: { key: string; value: TraceqlValue }): string {
  return `{"key":${quoted(key)},"value":${valueJson(value)}}`;
}

/** As AnyValue; what OTLP has no type for is text. */
export function valueJson(value: TraceqlValue): string {
  switch (value.type) {
    case 'bool':
      return `{"boolValue":${value.value}}`;
    case 'int':
      return `{"intValue":"${valueText(value)}"}`;
    case 'float':
      return `{"doubleValue":${numberJson(value.value)}}`;
    case 'array':
      return `{"arrayValue":{"values":[${value.items.map(valueJson).join()}]}}`;
    default:
      return `{"stringValue":${quoted(valueText(value))}}`;
  }
}

/** Protobuf's JSON names what JSON has no number for. */
export function numberJson(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}
