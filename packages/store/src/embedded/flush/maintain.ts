/** Merging and sealing, between flushes. */
import type { FlushReply, FlushRequest } from './messages.ts';
import type { Writers } from './writers.ts';

export function maintain(
  _writers: Writers,
  _request: Extract<FlushRequest, { type: 'maintain' }>,
  _reply: (message: FlushReply) => void,
): void {}
