/**
 * Posts the requests of a file over a fixed number of connections, in a process of its own, and prints what happened as JSON:
 * `{requests, failed, retries, tookMs}`. Arguments: file (request-file.ts), URL, connections, headers as JSON.
 */
import { Agent, request } from 'node:http';
import { readRequests } from './request-file.ts';

const MAX_TRIES = 100;

const [path = '', url = '', connections = '4', headers = '{}'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const fixed: Record<string, string> = JSON.parse(headers);
const requests = readRequests(path);
let next = 0;
let failed = 0;
let retries = 0;

function post(body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const all = { ...fixed, 'content-length': body.length };
    const outgoing = request(url, { method: 'POST', agent, headers: all }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function send(body: Uint8Array): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const status = await post(body);
    if (status >= 200 && status < 300) return;
    if (status < 500 && status !== 429) break;
    retries++;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  failed++;
}

async function connection(): Promise<void> {
  while (next < requests.length) {
    const body = requests[next++];
    await send(body);
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: Number(connections) }, connection));
const tookMs = performance.now() - began;
agent.destroy();
process.stdout.write(`${JSON.stringify({ requests: requests.length, failed, retries, tookMs })}\n`);
