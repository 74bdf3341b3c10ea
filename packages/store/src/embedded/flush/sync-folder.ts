import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Forces to the disk which names a folder has: those of new files, and that deleted ones are gone. Throws the system's error. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
