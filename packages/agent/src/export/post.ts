/** One HTTP POST over a connection that is kept, which never keeps the process alive. */
import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface PostTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of the body. */
  readonly body: Buffer;
}

export type Post = (target: PostTarget, body: Uint8Array) => Promise<Answer>;

const MAX_ANSWER_BYTES = 65_536;
const KEEP = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1 };

/** A function that posts over connections of its own; rejects when there is no answer in time. */
export function keptConnections(): { post: Post; close(): void } {
  const http = new HttpAgent(KEEP);
  const https = new HttpsAgent(KEEP);
  const once = ({ url, headers, timeoutMs }: PostTarget, body: Uint8Array): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const options = { method: 'POST', headers: { ...headers, 'content-length': body.length } };
      const request =
        url.protocol === 'https:'
          ? httpsRequest(url, { ...options, agent: https })
          : httpRequest(url, { ...options, agent: http });
      const timer = setTimeout(() => {
        request.destroy(new Error(`no answer within ${timeoutMs} ms`));
      }, timeoutMs);
      timer.unref();
      request.on('socket', (socket) => socket.unref());
      request.on('close', () => {
        clearTimeout(timer);
        // Nothing else tells of an answer that is an upgrade.
        reject(new Error('the connection was closed before the end of the answer'));
      });
      const failed = (error: Error): void => {
        reject(request.reusedSocket && isClosed(error) ? new StaleConnection(error) : error);
      };
      request.on('error', failed);
      readAnswer(request, resolve, failed);
      request.end(body);
    });
  const post: Post = async (target, body) => {
    try {
      return await once(target, body);
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      return once(target, body);
    }
  };
  return {
    post,
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
}

/** A connection that was kept had been closed by the other side: nothing is wrong but that. */
class StaleConnection extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

function isClosed(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function readAnswer(
  request: ClientRequest,
  resolve: (answer: Answer) => void,
  reject: (error: Error) => void,
): void {
  request.on('response', (response) => {
    const parts: Buffer[] = [];
    let size = 0;
    response.on('data', (part: Buffer) => {
      if (size < MAX_ANSWER_BYTES) parts.push(part);
      size += part.length;
      // Nothing that we ask for has a long answer.
      if (size > 16 * MAX_ANSWER_BYTES) request.destroy(new Error('the answer is too long'));
    });
    response.on('error', reject);
    response.on('end', () => {
      const retryAfter = response.headers['retry-after'];
      const body = Buffer.concat(parts).subarray(0, MAX_ANSWER_BYTES);
      resolve({ status: response.statusCode ?? 0, retryAfter, body });
    });
  });
}
