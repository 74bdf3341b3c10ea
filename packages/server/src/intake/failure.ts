/** What an error of intake means to a sender, whatever the protocol. */
import { StoreUnavailableError, TenantLimitError } from '@sightline/store';
import { DecodeError, RequestLimitError, SnappyTooLargeError } from '@sightline/wire';
import { BodyError } from './body.ts';
import { OffloadBusyError } from './offload.ts';

/** A request that failed as a whole. */
export interface RequestFailure {
  /** Of HTTP. */
  status: 400 | 413 | 415 | 429 | 503;
  message: string;
  /** Seconds after which the sender may try again; undefined when it must not. */
  retryAfterS: number | undefined;
}

const RETRY_BUSY_S = 1;
const RETRY_STORE_S = 5;
/** After this time a sender may ask whether there is room below a limit. */
export const RETRY_LIMIT_S = 60;

/** undefined for an error that neither the sender nor the state of the store has caused. */
export function requestFailure(error: unknown): RequestFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const failure = (status: RequestFailure['status'], retryAfterS?: number): RequestFailure => ({
    status,
    message: error.message,
    retryAfterS,
  });
  if (error instanceof DecodeError) return failure(400);
  if (error instanceof RequestLimitError || error instanceof SnappyTooLargeError) {
    return failure(413);
  }
  if (error instanceof BodyError) {
    return failure(error.status, error.status === 503 ? RETRY_BUSY_S : undefined);
  }
  if (error instanceof StoreUnavailableError) return failure(503, RETRY_STORE_S);
  if (error instanceof OffloadBusyError) return failure(503, RETRY_BUSY_S);
  if (error instanceof TenantLimitError) return failure(429, RETRY_LIMIT_S);
  return undefined;
}
