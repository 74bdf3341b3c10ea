import { DEFAULT_TRANSLATION, type TranslationOptions } from '../translate/options.ts';

/** What the OTLP decoder may be told; everything else follows the protocol. */
export interface OtlpOptions extends TranslationOptions {
  /** PromQL's lookback: `target_info` gets a sample every half of it. */
  lookbackMs: number;
}

export const DEFAULT_OTLP_OPTIONS: OtlpOptions = {
  ...DEFAULT_TRANSLATION,
  lookbackMs: 300_000,
};
