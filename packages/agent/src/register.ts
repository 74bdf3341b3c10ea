/**
 * `node --import @sightline/agent/register app.js`: the agent from environment variables alone. Whatever goes wrong here is told on
 * standard error and does not stop the application. Worker threads run this too; the agent watches the process from its main thread.
 */
import { isMainThread } from 'node:worker_threads';
import { errorText } from './error-text.ts';
import { keepRegistered } from './registered.ts';
import { start } from './start.ts';

if (isMainThread) {
  try {
    keepRegistered(await start());
  } catch (error) {
    process.stderr.write(`sightline-agent: error: not started: ${errorText(error)}\n`);
  }
}
