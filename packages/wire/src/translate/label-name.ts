/** OpenTelemetry attribute keys to Prometheus label names, by the rules of prometheus/otlptranslator (label_namer.go). */
import { escapes, type TranslationOptions } from './options.ts';

/** The label name of an attribute, or '' when nothing usable is left of it. */
export function labelName(key: string, options: TranslationOptions): string {
  if (key === '' || !escapes(options.strategy)) return key;
  // The u flag makes a character outside the basic plane one underscore, as in Prometheus, not two.
  let name = key.replace(/[^a-zA-Z0-9_]/gu, '_');
  if (!options.labelNamePreserveMultipleUnderscores) name = collapse(name);
  if (/^[0-9]/.test(name)) name = `key_${name}`;
  else if (options.labelNameUnderscoreSanitization && /^_(?!_)/.test(name)) name = `key${name}`;
  return name === key || /[^_]/.test(name) ? name : '';
}

/** Runs of underscores become one, except in reserved names such as `__name__`. */
function collapse(name: string): string {
  const reserved = name.startsWith('__') && name.endsWith('__') && name.length > 4;
  return reserved ? name : name.replace(/_{2,}/g, '_');
}
