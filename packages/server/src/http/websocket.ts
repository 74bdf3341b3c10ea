/**
 * WebSocket (RFC 6455) for servers that only speak: texts go out, what comes in is read for its control frames and otherwise left.
 *
 * Model: a request with `Upgrade: websocket` runs through the app's hooks and its route like any other (`serveUpgrades`); a route that speaks
 * WebSocket finds the connection by `upgradeOf` and accepts it. A connection is open, then closing (a close frame was sent), then
 * closed.
 *
 * Invariants: frames from clients must be masked and are at most MAX_FRAME_BYTES; anything else ends the connection with the code that
 * the protocol has for it. No compression, no subprotocols.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { ServerResponse } from './node-http.ts';

/** Of RFC 6455, section 1.3. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_FRAME_BYTES = 65_536;
/** A client that has answered no ping for two of these is gone. */
const PING_MS = 20_000;
/** A client has so long to answer a close. */
const CLOSE_MS = 2000;

const OP_TEXT = 1;
const OP_CLOSE = 8;
const OP_PING = 9;
const OP_PONG = 10;

export const CLOSE_NORMAL = 1000;
export const CLOSE_GOING_AWAY = 1001;
const CLOSE_PROTOCOL_ERROR = 1002;
const CLOSE_TOO_BIG = 1009;

interface Upgrade {
  socket: Socket;
  head: Buffer;
}

const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** Whether a request is to leave HTTP; for `shouldUpgradeCallback`. Others (`h2c`) are answered as if they had not asked. */
export function asksForWebSocket(request: IncomingMessage): boolean {
  return request.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Lets requests that ask for a WebSocket run through the app. */
export function serveUpgrades(app: FastifyInstance): void {
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The servers of Node have no others.
    if (!(socket instanceof Socket)) return;
    // Whoever breaks off the connection is no error of ours.
    socket.on('error', () => socket.destroy());
    upgrades.set(request, { socket, head });
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    // What the app answers instead of accepting is the last on this connection.
    response.once('finish', () => socket.end());
    response.assignSocket(socket);
    app.routing(request, response);
  });
}

/** Accepts the request's WebSocket; undefined when it does not ask for one in version 13, or has gone. */
export function acceptWebSocket(request: IncomingMessage): WebSocketConnection | undefined {
  const upgrade = upgrades.get(request);
  const key = request.headers['sec-websocket-key'];
  if (upgrade === undefined || upgrade.socket.destroyed || key === undefined) return undefined;
  if (request.headers['sec-websocket-version'] !== '13') return undefined;
  upgrades.delete(request);
  const accept = createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
  const { socket, head } = upgrade;
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  return new WebSocketConnection(socket, head);
}

export class WebSocketConnection {
  /** Called once, when nothing can be sent any more. */
  onClose: () => void = () => {};
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #state: 'open' | 'closing' | 'closed' = 'open';
  #pings = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(socket: Socket, head: Buffer) {
    this.#socket = socket;
    this.#timer = setInterval(() => this.#ping(), PING_MS).unref();
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.once('end', () => socket.end());
    socket.once('close', () => this.#closed());
    if (head.length > 0) this.#read(head);
  }

  /** Sends a text in pieces of UTF-8; `written` is called once the client takes more. */
  send(pieces: readonly Uint8Array[], written: () => void = () => {}): void {
    if (this.#state !== 'open') return;
    const length = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
    this.#socket.cork();
    let taken = this.#socket.write(frameHead(OP_TEXT, length));
    for (const piece of pieces) taken = this.#socket.write(piece);
    this.#socket.uncork();
    if (taken) written();
    else this.#socket.once('drain', written);
  }

  close(code: number, reason: string): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    // A control frame has at most 125 bytes.
    const text = Buffer.from(reason, 'utf8').subarray(0, 120);
    const body = Buffer.concat([Buffer.from([code >> 8, code & 255]), text]);
    this.#control(OP_CLOSE, body);
    setTimeout(() => this.#socket.destroy(), CLOSE_MS).unref();
  }

  #control(op: number, body: Buffer): void {
    this.#socket.write(Buffer.concat([frameHead(op, body.length), body]));
  }

  #ping(): void {
    if (++this.#pings > 2) this.#socket.destroy();
    else this.#control(OP_PING, Buffer.alloc(0));
  }

  #closed(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    clearInterval(this.#timer);
    this.#received = Buffer.alloc(0);
    this.onClose();
  }

  #read(bytes: Buffer): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    for (;;) {
      const frame = readFrame(this.#received);
      if (frame === undefined) return;
      if (typeof frame === 'number') {
        this.close(frame, '');
        this.#socket.destroySoon();
        return;
      }
      this.#received = this.#received.subarray(frame.size);
      this.#take(frame);
      if (this.#state === 'closed') return;
    }
  }

  #take({ op, body }: Frame): void {
    // Anything that comes shows that somebody is there.
    this.#pings = 0;
    if (op === OP_PING && this.#state === 'open') this.#control(OP_PONG, body);
    if (op !== OP_CLOSE) return;
    this.close(body.length >= 2 ? body.readUInt16BE(0) : CLOSE_NORMAL, '');
    this.#socket.end();
  }
}

interface Frame {
  op: number;
  body: Buffer;
  /** With its head. */
  size: number;
}

/** The frame at the beginning, undefined when it is not whole yet, or the code to close with. */
function readFrame(bytes: Buffer): Frame | number | undefined {
  if (bytes.length < 2) return undefined;
  const first = bytes[0] ?? 0;
  const second = bytes[1] ?? 0;
  const op = first & 15;
  const isControl = op >= OP_CLOSE;
  // Bits of extensions that nobody has agreed on; a client must mask; a control frame is short and whole.
  if ((first & 0x70) !== 0 || (second & 128) === 0 || op > OP_PONG) return CLOSE_PROTOCOL_ERROR;
  let length = second & 127;
  if (isControl && (length > 125 || (first & 128) === 0)) return CLOSE_PROTOCOL_ERROR;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) return CLOSE_TOO_BIG;
  if (length > MAX_FRAME_BYTES) return CLOSE_TOO_BIG;
  const size = at + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(at, at + 4);
  const body = Buffer.alloc(length);
  for (let i = 0; i < length; i++) body[i] = (bytes[at + 4 + i] ?? 0) ^ (mask[i & 3] ?? 0);
  return { op, body, size };
}

/** Of a whole frame that is not masked. */
function frameHead(op: number, length: number): Buffer {
  if (length < 126) return Buffer.from([128 | op, length]);
  if (length < 65_536) return Buffer.from([128 | op, 126, length >> 8, length & 255]);
  const head = Buffer.alloc(10);
  head[0] = 128 | op;
  head[1] = 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}
