/**
 * One way out to the server: same origin, the session cookie that the browser holds, typed failures.
 * Shapes of answers are the server's contract (generated types for our own API, Prometheus' documented ones for
 * its API); they are trusted here and held by tests that run against the real server.
 */

/** A position inside a query, both counted from 1 as the server's messages do. */
export interface QueryPosition {
  readonly line: number;
  readonly column: number;
}

/** The server refused or could not be reached. `status` is 0 when no answer came. */
export class ApiError extends Error {
  readonly status: number;
  readonly kind: string;
  readonly position: QueryPosition | undefined;

  constructor(status: number, kind: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.kind = kind;
    this.position = positionIn(message);
  }
}

/** Finds the `1:5: parse error` that PromQL errors carry, or the `parse error at line 1, col 5` of LogQL and TraceQL. */
export function positionIn(message: string): QueryPosition | undefined {
  const found = /(?:^|[\s"])(\d+):(\d+): parse error|error at line (\d+), col (\d+)/.exec(message);
  return found
    ? { line: Number(found[1] ?? found[3]), column: Number(found[2] ?? found[4]) }
    : undefined;
}

/** The part of a query's error that says what is wrong, without the parameter's name and the position. */
export function readableError(message: string): string {
  return message
    .replace(/^invalid parameter "?query"?: /, '')
    .replace(/^\d+:\d+: (parse error: )/, '$1')
    .replace(/^(?:invalid TraceQL query: )?(parse error) at line \d+, col \d+: /, '$1: ');
}

const listeners = new Set<() => void>();
let signedOut = false;

/** True since the server answered 401: the session of this browser has ended, or the token has changed. */
export function isSignedOut(): boolean {
  return signedOut;
}

/** Calls `listener` when `isSignedOut` becomes true; returns the way to stop. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `fetch` that notices the end of the session. */
export async function watchedFetch(
  input: RequestInfo | URL,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(input, init);
  if (response.status === 401 && !signedOut) {
    signedOut = true;
    for (const listener of listeners) listener();
  }
  return response;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Reads an error body: Prometheus' shape, Loki's, RFC 9457, or the first line of whatever it is. */
async function failure(response: Response): Promise<ApiError> {
  const raw = await response.text();
  try {
    const body: Record<string, unknown> = JSON.parse(raw);
    const message =
      text(body.error) ??
      text(body.message) ??
      text(body.detail) ??
      text(body.title) ??
      `HTTP ${response.status}`;
    return new ApiError(
      response.status,
      text(body.errorType) ?? text(body.type) ?? 'http',
      message,
    );
  } catch {
    const line = raw.split('\n', 1)[0]?.slice(0, 300) ?? '';
    return new ApiError(response.status, 'http', line === '' ? `HTTP ${response.status}` : line);
  }
}

/** Sends a request; the answer is a good one. @throws ApiError, or AbortError when `signal` fires */
export async function request(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await watchedFetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new ApiError(0, 'network', 'The server does not answer. Is Sightline still running?');
  }
  if (!response.ok) throw await failure(response);
  return response;
}

/** Sends a request and reads the JSON answer. @throws ApiError, or AbortError when `signal` fires */
export async function requestJson<T>(path: string, init: RequestInit): Promise<T> {
  return (await request(path, init)).json();
}

/** What the server says against a request whose answer is not wanted; undefined when it says nothing against it. */
export async function probe(path: string, signal: AbortSignal): Promise<ApiError | undefined> {
  try {
    const response = await watchedFetch(path, { signal });
    if (!response.ok) return await failure(response);
    await response.body?.cancel();
    return undefined;
  } catch {
    return new ApiError(0, 'network', 'The server does not answer.');
  }
}
