/** The four strategies of Prometheus' `otlp.translation_strategy`. */
export const TRANSLATION_STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;
export type TranslationStrategy = (typeof TRANSLATION_STRATEGIES)[number];

/** How OpenTelemetry names become Prometheus names; the fields mirror the `otlp` section of Prometheus' configuration. */
export interface TranslationOptions {
  strategy: TranslationStrategy;
  /** Resource attributes that become labels of every series of the resource. */
  promoteResourceAttributes: readonly string[];
  /** Promote every resource attribute except `ignoreResourceAttributes`. */
  promoteAllResourceAttributes: boolean;
  ignoreResourceAttributes: readonly string[];
  /** Keep service.name, service.namespace and service.instance.id as labels of `target_info`. */
  keepIdentifyingResourceAttributes: boolean;
  /** Add `otel_scope_*` labels to the series of a named scope. */
  promoteScopeMetadata: boolean;
  /** Prefix label names that begin with one underscore with `key`. */
  labelNameUnderscoreSanitization: boolean;
  /** Leave runs of underscores in label names as they are. */
  labelNamePreserveMultipleUnderscores: boolean;
}

export const DEFAULT_TRANSLATION: TranslationOptions = {
  strategy: 'UnderscoreEscapingWithSuffixes',
  promoteResourceAttributes: [],
  promoteAllResourceAttributes: false,
  ignoreResourceAttributes: [],
  keepIdentifyingResourceAttributes: false,
  promoteScopeMetadata: false,
  labelNameUnderscoreSanitization: true,
  labelNamePreserveMultipleUnderscores: true,
};

/** Whether names are reduced to the classic character set. */
export function escapes(strategy: TranslationStrategy): boolean {
  return (
    strategy === 'UnderscoreEscapingWithSuffixes' ||
    strategy === 'UnderscoreEscapingWithoutSuffixes'
  );
}

/** Whether unit and type suffixes are appended. */
export function addsSuffixes(strategy: TranslationStrategy): boolean {
  return strategy === 'UnderscoreEscapingWithSuffixes' || strategy === 'NoUTF8EscapingWithSuffixes';
}
