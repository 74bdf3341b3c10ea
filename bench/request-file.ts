/**
 * A recorded stream of requests: `u32 count`, then `u32 length` and bytes of each request.
 *
 * Recorded once before anything is measured, so that making the data costs no server anything.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

export class RequestFile {
  readonly #fd: number;
  #requests = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w');
    writeSync(this.#fd, Buffer.alloc(4));
  }

  add(body: Uint8Array): void {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(body.length);
    writeSync(this.#fd, length);
    writeSync(this.#fd, body);
    this.#requests++;
  }

  /** Ends the file; returns the number of requests. */
  finish(): number {
    const count = Buffer.alloc(4);
    count.writeUInt32LE(this.#requests);
    writeSync(this.#fd, count, 0, 4, 0);
    closeSync(this.#fd);
    return this.#requests;
  }
}

/** The requests of a file, in order. */
export function readRequests(path: string): Uint8Array[] {
  const file = readFileSync(path);
  const requests: Uint8Array[] = [];
  for (let at = 4; at < file.length; ) {
    const length = file.readUInt32LE(at);
    requests.push(file.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return requests;
}
