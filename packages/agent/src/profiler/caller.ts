/** Which line of the application called. Taking a stack costs about 20 microseconds: only for what is going to be reported. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const DEPTH = 40;

/** `name (file:line:column)` of the first frame below `boundary` that is the application's own; '' when there is none. */
export function callerOf(boundary: (...args: never[]) => unknown): string {
  try {
    return firstOwn(boundary);
  } catch {
    // The application may have replaced Error.prepareStackTrace by anything.
    return '';
  }
}

function firstOwn(boundary: (...args: never[]) => unknown): string {
  const { stackTraceLimit } = Error;
  const holder = { stack: '' };
  try {
    Error.stackTraceLimit = DEPTH;
    Error.captureStackTrace(holder, boundary);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  for (const line of holder.stack.split('\n')) {
    const frame = /^\s+at (.*)$/.exec(line)?.[1];
    if (frame === undefined || isForeign(frame)) continue;
    return shortened(frame);
  }
  return '';
}

function isForeign(frame: string): boolean {
  return (
    frame.includes('/node_modules/') ||
    frame.includes('\\node_modules\\') ||
    /(^|\()node:/.test(frame) ||
    !/:\d+:\d+\)?$/.test(frame)
  );
}

/** Paths relative to the working directory where they lie in it. */
function shortened(frame: string): string {
  const place = /\(?((?:file:\/\/)?[^()]+):(\d+):(\d+)\)?$/.exec(frame);
  if (place === null) return frame;
  const [whole, file = '', line = '', column = ''] = place;
  const path = pathOf(file.replace(/^async /, ''));
  const name = frame.slice(0, frame.length - whole.length).trim();
  const shown = `${path}:${line}:${column}`;
  return name === '' ? shown : `${name} (${shown})`;
}

function pathOf(file: string): string {
  const path = file.startsWith('file://') ? fileURLToPath(file) : file;
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}
