/** The bounds of intake, with their defaults. Plain numbers: the configuration's schema fills them. */
export interface IntakeLimits {
  /** Largest body as it arrives. */
  maxBodyBytes: number;
  /** Largest body after decompression. */
  maxDecompressedBytes: number;
  maxLabels: number;
  maxLabelNameBytes: number;
  maxLabelValueBytes: number;
  maxPointsPerRequest: number;
  /** How far ahead of the clock a point may lie (Prometheus: 10 minutes). */
  maxFutureMs: number;
  /** Bodies with more decompressed bytes are decoded in a worker thread. */
  offloadBytes: number;
}

export const DEFAULT_INTAKE_LIMITS: IntakeLimits = {
  maxBodyBytes: 32 * 1024 * 1024,
  maxDecompressedBytes: 64 * 1024 * 1024,
  maxLabels: 160,
  maxLabelNameBytes: 1024,
  maxLabelValueBytes: 16384,
  maxPointsPerRequest: 500_000,
  maxFutureMs: 600_000,
  offloadBytes: 256 * 1024,
};
