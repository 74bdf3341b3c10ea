/**
 * `node --import @sightline/agent/register app.js`: the agent from environment variables alone. Whatever goes wrong here is told on
 * standard error and does not stop the application.
 */
import { errorText } from './error-text.ts';
import { start } from './start.ts';

try {
  await start();
} catch (error) {
  process.stderr.write(`sightline-agent: error: not started: ${errorText(error)}\n`);
}
