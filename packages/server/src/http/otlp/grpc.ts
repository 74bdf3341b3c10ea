/**
 * The listener of OTLP over gRPC.
 *
 * Model: a plain TCP listener accepts; the first connection loads the gRPC library (0.1 s, and 22 MB in a bare process), which
 * then speaks HTTP/2 on it and on all that follow. Start does not wait for it, and a process that nobody sends gRPC to never loads it.
 *
 * Invariants: connections are bounded in number; what arrives while the library loads waits in the socket's buffer, which Node's
 * HTTP/2 reads first.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { type Address, formatAddress } from '../../config/setting.ts';
import { listenError } from '../listeners.ts';
import type { GrpcDeps, GrpcService } from './grpc-service.ts';

export interface GrpcListener {
  url: string;
  /** Stops accepting; resolves when calls have ended, or after a grace period. */
  stop(): Promise<void>;
}

const MAX_CONNECTIONS = 1000;

/** Listens. Throws ListenError. */
export async function listenOtlpGrpc(deps: GrpcDeps, address: Address): Promise<GrpcListener> {
  const sockets = new Set<Socket>();
  let service: Promise<GrpcService> | undefined;
  const accept = async (socket: Socket): Promise<void> => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    service ??= import('./grpc-service.ts').then((module) => module.createGrpcService(deps));
    try {
      (await service).serve(socket);
    } catch (error) {
      deps.log.error(`otlp_grpc: ${error instanceof Error ? error.stack : String(error)}`);
      service = undefined;
      socket.destroy();
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    void accept(socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, address);
  return {
    url: `http://${formatAddress({ host: address.host, port: portOf(server) })}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await (await service)?.stop();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function listen(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError('otlp_grpc', address, error)));
    server.listen(address.port, address.host, resolve);
  });
}

function portOf(server: Server): number {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}
