/**
 * Export of MetricsService, LogsService and TraceService over the connections that it is given.
 *
 * Model: grpc-js carries the bytes of the messages, our decoder reads them; there is no generated code. Errors carry
 * google.rpc.Status in `grpc-status-details-bin`, with RetryInfo where the sender should try again.
 *
 * Invariants: a message is bounded after decompression (RESOURCE_EXHAUSTED); token and tenant are checked as over HTTP.
 */
import type { Socket } from 'node:net';
import type { Metadata, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import {
  encodeResult,
  encodeStatus,
  failureOf,
  INTERNAL,
  INVALID_ARGUMENT,
  ITEMS,
  type OtlpFailure,
} from '../../intake/otlp/answers.ts';
import type { OtlpIntake, OtlpSignal } from '../../intake/otlp/otlp-intake.ts';
import type { Log } from '../../log.ts';
import { TokenGuard } from '../auth.ts';
import { TENANT_HEADER, tenantFromHeader } from '../tenant.ts';
import { guardCalls } from './grpc-guard.ts';

export interface GrpcDeps {
  otlp: OtlpIntake;
  log: Log;
  token: string | undefined;
}

export interface GrpcService {
  /** Takes over a connection. */
  serve(socket: Socket): void;
  /** Resolves when calls have ended, or after a grace period. */
  stop(): Promise<void>;
}

const EXPORT_PATHS: readonly (readonly [OtlpSignal, string])[] = [
  ['metrics', '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'],
  ['logs', '/opentelemetry.proto.collector.logs.v1.LogsService/Export'],
  ['traces', '/opentelemetry.proto.collector.trace.v1.TraceService/Export'],
];
const UNAUTHENTICATED = 16;
const STOP_GRACE_MS = 5000;
/** Calls that one connection may have open; clients keep the rest back by themselves. */
const MAX_STREAMS = 16;
/** The Collector takes 4 MiB by default. What all calls hold is bounded by this and their number (grpc-guard.ts). */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

const asBuffer = (bytes: Buffer): Buffer => bytes;

/** Loads the library and makes the service; it has no listener of its own. */
export async function createGrpcService(deps: GrpcDeps): Promise<GrpcService> {
  const grpc = await import('@grpc/grpc-js');
  // The library would write to stderr by itself; what matters of it comes as errors.
  grpc.setLogVerbosity(grpc.logVerbosity.NONE);
  const guard = deps.token === undefined ? undefined : new TokenGuard(deps.token);
  const trailers = (failed: OtlpFailure): Metadata => {
    const metadata = new grpc.Metadata();
    metadata.set('grpc-status-details-bin', encodeStatus(failed));
    return metadata;
  };
  const refuse = (headers: Metadata): OtlpFailure | undefined => {
    const refusal = refusalOf(guard, headers);
    if (refusal !== undefined) countFailure(deps, refusal.message);
    return refusal;
  };
  const failed = (message: string): void => countFailure(deps, message);
  const server = new grpc.Server({
    'grpc.max_receive_message_length': Math.min(
      deps.otlp.intake.limits.maxDecompressedBytes,
      MAX_MESSAGE_BYTES,
    ),
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.enable_channelz': 0,
    interceptors: [guardCalls(grpc, refuse, trailers, failed)],
  });
  for (const [signal, path] of EXPORT_PATHS) {
    const method = {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: asBuffer,
      requestDeserialize: asBuffer,
      responseSerialize: asBuffer,
      responseDeserialize: asBuffer,
    };
    const handle = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>): void => {
      take(deps, signal, call.metadata, call.request).then(
        (answer) => done(null, answer),
        (error: unknown) => {
          const failed = toFailure(deps, signal, error);
          done({ code: failed.grpcCode, details: failed.message, metadata: trailers(failed) });
        },
      );
    };
    server.addService({ Export: method }, { Export: handle });
  }
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => server.forceShutdown(), STOP_GRACE_MS);
      server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  return { serve: (socket) => injector.injectConnection(socket), stop };
}

async function take(
  deps: GrpcDeps,
  signal: OtlpSignal,
  headers: Metadata,
  body: Buffer,
): Promise<Buffer> {
  deps.otlp.intake.counters.request('otlp_grpc', body.length);
  const tenant = tenantFromHeader(text(headers, TENANT_HEADER));
  // The guard has let in only what has a tenant.
  if ('problem' in tenant) throw new Error(tenant.problem);
  const result = await deps.otlp.take(signal, 'otlp_grpc', tenant.tenant, body, 'protobuf');
  return encodeResult(signal, result, 'protobuf');
}

/** Why a call is refused by its headers. */
function refusalOf(guard: TokenGuard | undefined, headers: Metadata): OtlpFailure | undefined {
  const authorization = text(headers, 'authorization');
  if (guard !== undefined && !guard.admits(authorization, undefined, Date.now())) {
    return refusal(
      UNAUTHENTICATED,
      'the token is missing or wrong: send authorization: Bearer TOKEN',
    );
  }
  const tenant = tenantFromHeader(text(headers, TENANT_HEADER));
  return 'problem' in tenant ? refusal(INVALID_ARGUMENT, tenant.problem) : undefined;
}

function refusal(grpcCode: number, message: string): OtlpFailure {
  return { httpStatus: 400, grpcCode, message, retryAfterS: undefined };
}

function countFailure(deps: GrpcDeps, message: string): void {
  deps.otlp.intake.counters.request('otlp_grpc', 0);
  deps.otlp.intake.counters.failed('otlp_grpc', message);
}

function toFailure(deps: GrpcDeps, signal: OtlpSignal, error: unknown): OtlpFailure {
  const message = error instanceof Error ? error.message : String(error);
  const { counters } = deps.otlp.intake;
  counters.failed('otlp_grpc', error instanceof Error ? error : message, ITEMS[signal]);
  const failed = failureOf(error);
  if (failed !== undefined) return failed;
  deps.log.error(`otlp_grpc: ${error instanceof Error ? error.stack : message}`);
  return refusal(INTERNAL, 'an internal error occurred; the log says more');
}

function text(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  return value === undefined ? undefined : value.toString();
}
