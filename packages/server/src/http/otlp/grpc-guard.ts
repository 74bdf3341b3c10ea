/**
 * What is checked of a gRPC call when its headers arrive, before its message is taken into memory: who sends it, and whether there is
 * room for one more.
 *
 * Invariants: at most MAX_CALLS calls hold messages at a time; a call whose message does not arrive within MESSAGE_MS is ended;
 * every call that was let in is counted out once, however it ends.
 */
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js';
import type { OtlpFailure } from '../../intake/otlp/answers.ts';

type Grpc = typeof import('@grpc/grpc-js');

/** Calls that are received or worked on at a time. */
const MAX_CALLS = 64;
/** As long as an HTTP request may take to arrive. */
const MESSAGE_MS = 120_000;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const BUSY_RETRY_S = 1;

/**
 * An interceptor that asks `check` for a reason to refuse a call by its headers (undefined lets it in). `toMetadata` makes the
 * trailers of a refusal.
 */
export function guardCalls(
  grpc: Grpc,
  check: (headers: Metadata) => OtlpFailure | undefined,
  toMetadata: (failed: OtlpFailure) => Metadata,
): ServerInterceptor {
  let calls = 0;
  return (_method, call) => {
    let counted = false;
    let timer: NodeJS.Timeout | undefined;
    const leave = (): void => {
      clearTimeout(timer);
      if (counted) calls--;
      counted = false;
    };
    const refuse = (failed: OtlpFailure): void => {
      const metadata = toMetadata(failed);
      call.sendStatus({ code: failed.grpcCode, details: failed.message, metadata });
    };
    const listener = new grpc.ServerListenerBuilder()
      .withOnReceiveMetadata((headers, next) => {
        const refusal = check(headers) ?? (calls >= MAX_CALLS ? busy() : undefined);
        if (refusal !== undefined) {
          refuse(refusal);
          return;
        }
        counted = true;
        calls++;
        timer = setTimeout(() => {
          refuse(late());
          leave();
        }, MESSAGE_MS);
        timer.unref();
        next(headers);
      })
      .withOnReceiveMessage((message, next) => {
        clearTimeout(timer);
        next(message);
      })
      .withOnCancel(leave)
      .build();
    const responder = new grpc.ResponderBuilder()
      .withStart((next) => next(listener))
      .withSendStatus((status, next) => {
        leave();
        next(status);
      })
      .build();
    return new grpc.ServerInterceptingCall(call, responder);
  };
}

function busy(): OtlpFailure {
  return {
    httpStatus: 429,
    grpcCode: RESOURCE_EXHAUSTED,
    message: `${MAX_CALLS} calls are being received; try again later`,
    retryAfterS: BUSY_RETRY_S,
  };
}

function late(): OtlpFailure {
  return {
    httpStatus: 408,
    grpcCode: DEADLINE_EXCEEDED,
    message: `the message did not arrive within ${MESSAGE_MS / 1000} s`,
    retryAfterS: undefined,
  };
}
