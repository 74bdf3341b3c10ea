/** Files of exported metrics. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';

export type ExportFormat = 'json' | 'prometheus';

export interface ExportOptions {
  /** Unless given, by the file's extension. */
  readonly format?: ExportFormat;
}

const PROMETHEUS_EXTENSIONS: readonly string[] = ['.prom', '.txt', '.metrics'];

export function exportFormat(file: string, options: ExportOptions): ExportFormat {
  if (options.format !== undefined) return options.format;
  return PROMETHEUS_EXTENSIONS.includes(extname(file).toLowerCase()) ? 'prometheus' : 'json';
}

/** A reader sees the old content or the new one, never a part. Rejects with the place and the cause. */
export async function writeAtomically(file: string, content: string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new Error(`cannot write metrics to ${file}`, { cause: error });
  }
}
