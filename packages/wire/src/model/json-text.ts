/**
 * The text of a JSON string as bytes: where it lies when it has no escapes, else unescaped into a buffer of its own.
 *
 * Half a surrogate pair becomes U+FFFD; an escape that JSON does not have is a DecodeError.
 */
import type { JsonScanner } from '../otlp/json/scanner.ts';

const encoder = new TextEncoder();

export class JsonText {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  /** Takes the string that the scanner has read last. */
  take(scanner: JsonScanner): void {
    this.bytes = scanner.bytes;
    this.start = scanner.start;
    this.end = scanner.end;
    if (!scanner.escaped) return;
    const { buffer, byteOffset } = scanner.bytes;
    const raw = Buffer.from(buffer, byteOffset + this.start, this.end - this.start).toString();
    let text: unknown;
    try {
      text = JSON.parse(`"${raw}"`);
    } catch {
      scanner.fail('bad escape in a string');
    }
    this.bytes = encoder.encode(String(text));
    this.start = 0;
    this.end = this.bytes.length;
  }

  /** Lets go of the bytes. */
  clear(): void {
    this.bytes = new Uint8Array(0);
    this.start = 0;
    this.end = 0;
  }

  toString(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      this.bytes.subarray(this.start, this.end),
    );
  }
}
