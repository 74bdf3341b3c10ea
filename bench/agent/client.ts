/**
 * Asks an HTTP server over keep-alive connections, each waiting for its answer, in a process of its own. Arguments: port, requests,
 * connections, requests a second (0: as many as it answers). Prints JSON: `{tookMs, p50Ms, p99Ms, failed}`.
 *
 * Writes and reads plain sockets: a client that does more takes the CPU that it measures.
 */
import { connect, type Socket } from 'node:net';
import { percentile } from '../table.ts';

const [port = 0, requests = 0, connections = 8, rate = 0] = process.argv.slice(2).map(Number);
const HEAD_END = '\r\n\r\n';
const times = new Float64Array(requests);
let sent = 0;
let answered = 0;
let failed = 0;

function pathOf(n: number): string {
  return n % 10 === 0 ? '/list' : `/items/${n % 1000}`;
}

/** Bytes that the answer in `text` has in all; Infinity before its head is whole. */
function lengthOf(text: string): number {
  const head = text.indexOf(HEAD_END);
  if (head < 0) return Number.POSITIVE_INFINITY;
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return head + HEAD_END.length + Number(length ?? Number.NaN);
}

function run(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let beganMs = 0;
    let text = '';
    const ask = (): void => {
      if (sent >= requests) {
        socket.destroy();
        resolve();
        return;
      }
      const n = sent++;
      const waitMs = rate === 0 ? 0 : began + (n * 1000) / rate - performance.now();
      if (waitMs < 1) write(n);
      else setTimeout(write, waitMs, n);
    };
    const write = (n: number): void => {
      beganMs = performance.now();
      socket.write(`GET ${pathOf(n)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    };
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
      if (text.length < lengthOf(text)) return;
      times[answered++] = performance.now() - beganMs;
      if (!text.startsWith('HTTP/1.1 200')) failed++;
      text = '';
      ask();
    });
    socket.on('error', reject);
    socket.on('connect', ask);
  });
}

const began = performance.now();
await Promise.all(Array.from({ length: connections }, () => run(connect(port, '127.0.0.1'))));
const tookMs = performance.now() - began;
const result = {
  tookMs,
  p50Ms: percentile([...times], 0.5),
  p99Ms: percentile([...times], 0.99),
  failed,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
