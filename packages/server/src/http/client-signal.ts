import type { FastifyReply } from 'fastify';

/** Runs `work` with a signal that is aborted when the client leaves before it is done. */
export async function whileConnected<T>(
  { raw }: FastifyReply,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const client = new AbortController();
  const onClose = (): void => client.abort();
  raw.once('close', onClose);
  try {
    return await work(client.signal);
  } finally {
    raw.removeListener('close', onClose);
  }
}
