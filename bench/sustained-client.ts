/**
 * Sends the requests of a file again and again, each time as new ones (records/moving.ts), for some seconds over some connections, and
 * prints one line of JSON every ten seconds and one at the end: `{records, refused, retries, tookMs}` since the line before.
 * Arguments: file, signal, URL, connections, seconds.
 */
import { Agent, request } from 'node:http';
import { MovingRequest, type MovingSignal } from './records/moving.ts';
import { readRequests } from './request-file.ts';

const REPORT_MS = 10_000;
const RETRY_MS = 20;

const [path = '', signalName = '', url = '', connections = '4', seconds = '60'] =
  process.argv.slice(2);
const signal: MovingSignal = signalName === 'spans' ? 'spans' : 'logs';
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const headers = { 'content-type': 'application/x-protobuf' };
const requests = readRequests(path).map((body) => new MovingRequest(signal, body));
const endMs = performance.now() + Number(seconds) * 1000;
let next = 0;
let sum = { records: 0, refused: 0, retries: 0 };
let since = performance.now();

function post(body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { ...headers, 'content-length': body.length };
    const outgoing = request(url, { method: 'POST', agent, headers: all }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function send({ body, records }: MovingRequest): Promise<void> {
  while (true) {
    const status = await post(body);
    if (status < 300) sum.records += records;
    else if (status === 429 || status === 503) {
      sum.retries++;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      continue;
    } else sum.refused += records;
    return;
  }
}

function report(): void {
  const now = performance.now();
  process.stdout.write(`${JSON.stringify({ ...sum, tookMs: now - since })}\n`);
  sum = { records: 0, refused: 0, retries: 0 };
  since = now;
}

async function connection(): Promise<void> {
  while (performance.now() < endMs) {
    const at = next++;
    const one = requests[at % requests.length];
    if (one === undefined) return;
    one.move(Date.now(), Math.floor(at / requests.length) + 1);
    await send(one);
  }
}

const timer = setInterval(report, REPORT_MS);
await Promise.all(Array.from({ length: Number(connections) }, connection));
clearInterval(timer);
report();
agent.destroy();
