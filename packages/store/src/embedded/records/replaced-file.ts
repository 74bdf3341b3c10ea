import { DatabaseSync } from 'node:sqlite';

/** Name of the file that a retention class's file was made from, or ''. Throws SQLite's error. */
export function replacedFile(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return String(db.prepare("SELECT value FROM meta WHERE key = 'replaces'").get()?.value ?? '');
  } finally {
    db.close();
  }
}
