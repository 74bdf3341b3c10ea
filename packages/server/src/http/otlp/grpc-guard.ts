/**
 * What is checked of a gRPC call when its headers arrive, before its message is taken into memory: who sends it, and whether there is
 * room for one more.
 *
 * Invariants: at most MAX_CALLS calls hold messages at a time, MAX_COMPRESSED_CALLS of them compressed ones; a call whose message does not arrive within MESSAGE_MS is ended;
 * every call that was let in is counted out once, however it ends.
 */
import type { Metadata, ServerInterceptor } from '@grpc/grpc-js';
import type { OtlpFailure } from '../../intake/otlp/answers.ts';

type Grpc = typeof import('@grpc/grpc-js');

/** Calls that are received or worked on at a time. */
const MAX_CALLS = 64;
/** Of them such whose messages are compressed, and may be many times larger than what is sent. */
const MAX_COMPRESSED_CALLS = 32;
/** As long as an HTTP request may take to arrive. */
const MESSAGE_MS = 120_000;
const DEADLINE_EXCEEDED = 4;
const RESOURCE_EXHAUSTED = 8;
const BUSY_RETRY_S = 1;
const UNREAD = 'a message that is too large or damaged, or broke off';

/**
 * An interceptor that asks `check` for a reason to refuse a call by its headers (undefined lets it in). `toMetadata` makes the
 * trailers of a refusal. `failed` is told of calls for which there was no room, and of those that
 * ended before their message could be read.
 */
export function guardCalls(
  grpc: Grpc,
  check: (headers: Metadata) => OtlpFailure | undefined,
  toMetadata: (failed: OtlpFailure) => Metadata,
  failed: (message: string) => void,
): ServerInterceptor {
  let calls = 0;
  let compressedCalls = 0;
  return (_method, call) => {
    let counted = false;
    let compressed = false;
    let read = false;
    let timer: NodeJS.Timeout | undefined;
    const leave = (): void => {
      clearTimeout(timer);
      if (!counted) return;
      counted = false;
      calls--;
      if (compressed) compressedCalls--;
      if (!read) failed(UNREAD);
    };
    const refuse = (failed: OtlpFailure): void => {
      const metadata = toMetadata(failed);
      call.sendStatus({ code: failed.grpcCode, details: failed.message, metadata });
    };
    const listener = new grpc.ServerListenerBuilder()
      .withOnReceiveMetadata((headers, next) => {
        const [coding = 'identity'] = headers.get('grpc-encoding');
        compressed = coding !== 'identity';
        const isFull =
          calls >= MAX_CALLS || (compressed && compressedCalls >= MAX_COMPRESSED_CALLS);
        const refusal = check(headers) ?? (isFull ? busy() : undefined);
        if (refusal !== undefined) {
          if (refusal.grpcCode === RESOURCE_EXHAUSTED) failed(refusal.message);
          refuse(refusal);
          return;
        }
        counted = true;
        calls++;
        if (compressed) compressedCalls++;
        timer = setTimeout(() => {
          refuse(late());
          leave();
        }, MESSAGE_MS);
        timer.unref();
        next(headers);
      })
      .withOnReceiveMessage((message, next) => {
        clearTimeout(timer);
        read = true;
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
    message: 'too many calls are being received; try again later',
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
