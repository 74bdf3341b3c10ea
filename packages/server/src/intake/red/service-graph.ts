/**
 * Who calls whom: edges between services, counted from both sides of each request.
 *
 * Model (as Tempo's metrics-generator): a client's span (or a producer's) and the server's (or consumer's) whose parent it is make one
 * request of an edge. Whichever comes first waits for the other for a while. A client that waits in vain counts as a request to whom its
 * attributes name, a virtual node; a call of a database counts at once, and so does a server's span without a parent, whose client is
 * `user`. A span of which nothing of this holds is counted as unpaired.
 *
 * Invariants: edges, virtual nodes of a client and waiting spans are bounded: past the first two requests count as calls of `(other)`, past
 * the last the oldest gives up waiting. Nothing is allocated for a span of an edge that there is.
 */
import { type CounterFamily, CounterRows } from './counter-rows.ts';
import { type Names, OTHER, OTHER_NAME } from './names.ts';
import { CLIENT, PendingSpans, SERVER } from './pending-spans.ts';

export interface GraphLimits {
  maxEdges: number;
  /** Spans that wait for the other side. */
  maxPending: number;
  /** How long they wait. */
  waitMs: number;
}

const CALLS = 0;
const MESSAGING = 1;
const DATABASE = 2;
const VIRTUAL = 3;
const CONNECTIONS = ['', 'messaging_system', 'database', 'virtual_node'];

const FAMILIES: readonly CounterFamily[] = [
  {
    name: 'traces_service_graph_request_total',
    type: 'counter',
    help: 'Requests between two services, from spans.',
  },
  {
    name: 'traces_service_graph_request_failed_total',
    type: 'counter',
    help: 'Requests between two services that failed on either side, from spans.',
  },
  {
    name: 'traces_service_graph_request_server_seconds',
    type: 'histogram',
    help: 'Duration of requests between two services as the server sees it.',
  },
  {
    name: 'traces_service_graph_request_client_seconds',
    type: 'histogram',
    help: 'Duration of requests between two services as the client sees it.',
  },
];
const REQUESTS = 0;
const FAILED = 1;
const SERVER_SECONDS = 2;
const CLIENT_SECONDS = 18;

const UNKNOWN_NS = -1;
/** Nodes that only the attributes of one client's spans name: addresses of machines that come and go would be edges without end. */
const MAX_VIRTUAL = 50;
const KEY_TAG = 0x65646765;

/** One side of a request. */
export interface GraphSpan {
  service: number;
  durationNs: number;
  failed: boolean;
  isMessage: boolean;
  /** Number of the name of whom it has called; -1 when it does not say. */
  peer: number;
  callsDatabase: boolean;
  /** Where its ids lie: trace id, own id and parent's id; the parent is -1 when it has none. */
  trace: number;
  id: number;
  parent: number;
}

export class ServiceGraph {
  readonly edges = new CounterRows(FAMILIES);
  /** Spans that waited in vain. */
  unpaired = 0;
  readonly pending: PendingSpans;
  readonly #names: Names;
  readonly #limits: GraphLimits;
  readonly #user: number;
  /** Virtual nodes by client; counted anew when edges go. */
  readonly #virtual = new Map<number, number>();

  constructor(names: Names, limits: GraphLimits) {
    this.#names = names;
    this.#limits = limits;
    this.#user = names.number('user');
    this.pending = new PendingSpans(limits.maxPending);
  }

  /** Takes in the span of a client or a producer. */
  client(span: GraphSpan, view: DataView, nowMs: number): void {
    const { service, durationNs, failed } = span;
    if (span.callsDatabase && span.peer >= 0) {
      this.#request(service, span.peer, DATABASE, failed, durationNs, durationNs, nowMs);
      return;
    }
    const connection = span.isMessage ? MESSAGING : CALLS;
    const { pending } = this;
    const slot = pending.find(view, span.trace, span.id, SERVER);
    if (slot >= 0) {
      const serverFailed = pending.failed[slot] !== 0;
      const server = pending.service[slot];
      const serverNs = pending.durationNs[slot];
      pending.remove(slot);
      this.#request(
        service,
        server,
        connection,
        failed || serverFailed,
        serverNs,
        durationNs,
        nowMs,
      );
    } else this.#wait(span, view, span.id, CLIENT, connection, nowMs);
  }

  /** Takes in the span of a server or a consumer. */
  server(span: GraphSpan, view: DataView, nowMs: number): void {
    const { service, durationNs, failed } = span;
    if (span.parent < 0) {
      if (span.isMessage) this.unpaired++;
      else this.#request(this.#user, service, VIRTUAL, failed, durationNs, UNKNOWN_NS, nowMs);
      return;
    }
    const connection = span.isMessage ? MESSAGING : CALLS;
    const { pending } = this;
    const slot = pending.find(view, span.trace, span.parent, CLIENT);
    if (slot >= 0) {
      const clientFailed = pending.failed[slot] !== 0;
      const client = pending.service[slot];
      const clientNs = pending.durationNs[slot];
      pending.remove(slot);
      this.#request(
        client,
        service,
        connection,
        failed || clientFailed,
        durationNs,
        clientNs,
        nowMs,
      );
    } else this.#wait(span, view, span.parent, SERVER, connection, nowMs);
  }

  /** Gives up the spans that have waited long enough. */
  expire(nowMs: number): void {
    const { pending } = this;
    const before = nowMs - this.#limits.waitMs;
    while (pending.oldest >= 0 && pending.addedMs[pending.oldest] <= before) {
      this.#giveUp(pending.oldest, nowMs);
    }
  }

  /** Edges were taken out. */
  recount(): void {
    this.#virtual.clear();
    for (let row = 0; row < this.edges.count; row++) {
      const [, client, , server, , connection = ''] = this.edges.labelsOf(row);
      if (CONNECTIONS.indexOf(connection) < DATABASE || server === OTHER) continue;
      const number = this.#names.number(client);
      if (number !== this.#user) this.#virtual.set(number, (this.#virtual.get(number) ?? 0) + 1);
    }
  }

  #wait(
    span: GraphSpan,
    view: DataView,
    id: number,
    side: number,
    connection: number,
    nowMs: number,
  ): void {
    const { pending } = this;
    let slot = pending.find(view, span.trace, id, side);
    if (slot < 0) {
      if (pending.isFull) this.#giveUp(pending.oldest, nowMs);
      slot = pending.add(view, span.trace, id, side, nowMs);
    }
    pending.service[slot] = span.service;
    pending.durationNs[slot] = span.durationNs;
    pending.failed[slot] = span.failed ? 1 : 0;
    pending.connection[slot] = connection;
    pending.peer[slot] = span.peer;
  }

  #giveUp(slot: number, nowMs: number): void {
    const { pending } = this;
    const peer = pending.peer[slot];
    if (pending.side[slot] === CLIENT && peer >= 0) {
      const failed = pending.failed[slot] !== 0;
      const clientNs = pending.durationNs[slot];
      const service = pending.service[slot];
      const connection = pending.connection[slot] === MESSAGING ? MESSAGING : VIRTUAL;
      this.#request(service, peer, connection, failed, UNKNOWN_NS, clientNs, nowMs);
    } else this.unpaired++;
    pending.remove(slot);
  }

  #request(
    client: number,
    server: number,
    connection: number,
    failed: boolean,
    serverNs: number,
    clientNs: number,
    nowMs: number,
  ): void {
    const { edges } = this;
    let row = edges.find(client, server, connection, KEY_TAG);
    if (row < 0) row = this.#newEdge(client, server, connection, nowMs);
    edges.increment(row, REQUESTS, nowMs);
    if (failed) edges.increment(row, FAILED, nowMs);
    if (serverNs >= 0) edges.observe(row, SERVER_SECONDS, serverNs);
    if (clientNs >= 0) edges.observe(row, CLIENT_SECONDS, clientNs);
  }

  #newEdge(client: number, server: number, connection: number, nowMs: number): number {
    const { edges } = this;
    const { maxEdges } = this.#limits;
    const isVirtual = connection >= DATABASE && client !== this.#user && server !== OTHER_NAME;
    const others = isVirtual ? (this.#virtual.get(client) ?? 0) : 0;
    if (edges.count < maxEdges && others < MAX_VIRTUAL) {
      if (isVirtual) this.#virtual.set(client, others + 1);
      return this.#addEdge(client, server, connection, nowMs);
    }
    const spilled = edges.find(client, OTHER_NAME, connection, KEY_TAG);
    if (spilled >= 0) return spilled;
    // Half as many more edges say at least who has called.
    if (edges.count < maxEdges * 1.5) {
      return this.#addEdge(client, OTHER_NAME, connection, nowMs);
    }
    const row = edges.find(OTHER_NAME, OTHER_NAME, connection, KEY_TAG);
    return row >= 0 ? row : this.#addEdge(OTHER_NAME, OTHER_NAME, connection, nowMs);
  }

  #addEdge(client: number, server: number, connection: number, nowMs: number): number {
    const { edges } = this;
    const { texts } = this.#names;
    const labels = ['client', texts[client], 'server', texts[server]];
    if (connection !== CALLS) labels.push('connection_type', CONNECTIONS[connection]);
    return edges.add(client, server, connection, KEY_TAG, labels, nowMs);
  }
}
