/**
 * One remote-write request, from its body to its answer.
 *
 * Model (the remote-write specification, 1.0 and 2.0): 204 when everything has been stored; 400 when something was refused, with the
 * reasons, and what was not refused is stored; 415, 413 and 400 for a request that cannot be read; 429 when a limit refused all of
 * it; 503 when the store cannot take anything now. Senders drop the data on 4xx and try again on 5xx.
 *
 * Invariants: a 2.0 answer always says how much was written, zeros on failure; a repeat of a request is answered as the first time;
 * every request and its points are counted once.
 */
import { StoreUnavailableError, TenantLimitError } from '@sightline/store';
import {
  DecodeError,
  type MetricBatch,
  RequestLimitError,
  SnappyTooLargeError,
  snappyLength,
  type WriteCounts,
} from '@sightline/wire';
import { type Intake, requestDigest } from '../intake.ts';
import { OffloadBusyError } from '../offload.ts';
import { versionOf } from './content-type.ts';

export interface RemoteWriteRequest {
  tenant: string;
  /** The route's own path, for the digest of the request. */
  route: string;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  body: Uint8Array;
}

export interface RemoteWriteAnswer {
  status: number;
  headers: Record<string, string>;
  /** Plain text; empty on success. */
  text: string;
}

const PROTOCOL = 'remote_write';
const NOTHING: WriteCounts = { samples: 0, histograms: 0, exemplars: 0 };
const STORE_RETRY_S = '5';
const BUSY_RETRY_S = '1';
const LIMIT_RETRY_S = '60';

/** Stores the request. Never rejects for what a sender or the store's state can cause; other errors pass. */
export async function receiveRemoteWrite(
  intake: Intake,
  request: RemoteWriteRequest,
): Promise<RemoteWriteAnswer> {
  const { counters } = intake;
  counters.request(PROTOCOL, request.body.length);
  const { version, problem } = versionOf(request.contentType, request.contentEncoding);
  const finish = (
    status: number,
    text: string,
    counts: WriteCounts = NOTHING,
    retryAfter?: string,
  ): RemoteWriteAnswer => {
    const headers = version === 2 ? writtenHeaders(counts) : {};
    if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
    return { status, headers, text };
  };
  if (problem !== '') {
    counters.failed(PROTOCOL, problem);
    return finish(415, problem);
  }
  const batch = intake.batch();
  try {
    const counts = await decodeAndStore(intake, request, version, batch);
    if (batch.rejectedItems === 0) return finish(204, '', counts);
    const text = refusals(batch);
    if (batch.n === 0) counters.failed(PROTOCOL, text);
    return onlyLimits(batch) ? finish(429, text, counts, LIMIT_RETRY_S) : finish(400, text, counts);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    counters.failed(PROTOCOL, error);
    const answer = answerTo(error);
    if (answer === null) throw error;
    return finish(answer.status, error.message, NOTHING, answer.retryAfter);
  } finally {
    intake.release(batch);
  }
}

async function decodeAndStore(
  intake: Intake,
  request: RemoteWriteRequest,
  version: 1 | 2,
  batch: MetricBatch,
): Promise<WriteCounts> {
  const { tenant, route, body } = request;
  const protocol = version === 1 ? 'remote_write_v1' : 'remote_write_v2';
  const job = { protocol, maxBytes: intake.limits.maxDecompressedBytes } as const;
  const plainBytes = snappyLength(body);
  if (plainBytes > job.maxBytes) {
    throw new SnappyTooLargeError(
      `body of ${plainBytes} bytes when decompressed, at most ${job.maxBytes} are allowed`,
    );
  }
  const digest = requestDigest(tenant, route, body);
  const counts = await intake.decode(job, body, plainBytes, tenant, batch);
  await intake.append(PROTOCOL, tenant, batch, digest);
  return counts;
}

/** The answer to a request that failed whole; null for what is no fault of sender or store. */
function answerTo(error: Error): { status: number; retryAfter?: string } | null {
  if (error instanceof DecodeError) return { status: 400 };
  if (error instanceof SnappyTooLargeError) return { status: 413 };
  if (error instanceof RequestLimitError) return { status: 413 };
  if (error instanceof TenantLimitError) return { status: 429, retryAfter: LIMIT_RETRY_S };
  if (error instanceof OffloadBusyError) return { status: 503, retryAfter: BUSY_RETRY_S };
  if (error instanceof StoreUnavailableError) return { status: 503, retryAfter: STORE_RETRY_S };
  return null;
}

/** Whether a limit of the store refused everything: the one refusal that time can heal. */
function onlyLimits(batch: MetricBatch): boolean {
  return batch.n === 0 && batch.rejected.size === 1 && batch.rejected.has('series_limit');
}

function refusals(batch: MetricBatch): string {
  const more = batch.rejectedItems - batch.rejections.length;
  const rest = more > 0 ? [`${batch.rejectedItems} points were refused in all`] : [];
  return [...batch.rejections, ...rest].join('; ');
}

function writtenHeaders(counts: WriteCounts): Record<string, string> {
  return {
    'x-prometheus-remote-write-samples-written': `${counts.samples}`,
    'x-prometheus-remote-write-histograms-written': `${counts.histograms}`,
    'x-prometheus-remote-write-exemplars-written': `${counts.exemplars}`,
  };
}
