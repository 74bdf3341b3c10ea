/** One concern of the host (CPU, memory, ...): sets its points from where the platform tells them. */
export interface SystemPart {
  collect(): void;
  close(): void;
}
