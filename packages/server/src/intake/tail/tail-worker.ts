/** The tail thread: it runs what people ask for, so that none of it holds up the main thread (live-tails.ts has the other side). */
import { parentPort } from 'node:worker_threads';
import type { FromTails, ToTails } from './messages.ts';
import { TailSet } from './tail-set.ts';

if (parentPort === null) throw new Error('this file runs as a worker thread');
const port = parentPort;

/** How long lines gather before they are handed on. */
const FLUSH_MS = 100;

const send = (message: FromTails, transfer: ArrayBuffer[] = []): void => {
  port.postMessage(message, transfer);
};
const tails = new TailSet((message) => {
  const { buffer } = message.streams;
  send(message, buffer instanceof ArrayBuffer ? [buffer] : []);
});

setInterval(() => tails.flush(Date.now()), FLUSH_MS);

port.on('message', (message: ToTails) => {
  switch (message.kind) {
    case 'open':
      send({ kind: 'opened', id: message.id, problem: tails.open(message.id, message.ask) });
      return;
    case 'ready':
      tails.ready(message.id);
      return;
    case 'begin':
      tails.begin(message.id, message.before, Date.now());
      return;
    case 'close':
      tails.close(message.id);
      return;
    case 'missed':
      tails.missed(message.tenant, message.lines);
      return;
    case 'logs':
      tails.push(message.batch);
      send({ kind: 'taken', bytes: message.batch.bytes });
  }
});
