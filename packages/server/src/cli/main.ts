/**
 * The entry of `sightline`: picks the command and turns its outcome into an exit code: 0 done, 1 failed, 2 wrong usage.
 *
 * Data goes to stdout, messages to stderr. Commands are loaded when they are chosen, so that `version` does not pay for the server.
 */
import { parseCommandLine } from '../config/flags.ts';
import { ConfigError } from '../config/problem.ts';
import { nearest } from '../config/suggest.ts';
import { COMMANDS, type Command } from './commands.ts';
import { helpFor } from './help.ts';
import { fail, USAGE_ERROR } from './output.ts';

/** Returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const line = parseCommandLine(args);
  if (line.version && line.words.length === 0) line.words.push('version');
  const found = findCommand(line.words);
  if (line.help || line.words[0] === 'help') {
    process.stdout.write(helpFor(found?.command));
    return 0;
  }
  if (line.problems.length > 0) {
    fail(new ConfigError(line.problems).message);
    return USAGE_ERROR;
  }
  if (found === undefined) {
    const given = line.words.join(' ');
    const meant = nearest(
      given,
      COMMANDS.map((command) => command.name),
    );
    fail(
      `there is no command '${given}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`,
    );
    return USAGE_ERROR;
  }
  if (found.rest.length > 0) {
    fail(`'${found.command.name}' takes no argument '${found.rest[0] ?? ''}'`);
    return USAGE_ERROR;
  }
  return found.command.run(line);
}

/** The command with the most words at the start of `words`; `serve` when there are none. */
function findCommand(
  words: readonly string[],
): { command: Command; rest: readonly string[] } | undefined {
  const named = words[0] === 'help' ? words.slice(1) : words;
  if (named.length === 0) {
    const serve = COMMANDS.find((command) => command.name === 'serve');
    return serve === undefined ? undefined : { command: serve, rest: [] };
  }
  for (let length = named.length; length > 0; length--) {
    const name = named.slice(0, length).join(' ');
    const command = COMMANDS.find((one) => one.name === name);
    if (command !== undefined) return { command, rest: named.slice(length) };
  }
  return undefined;
}

process.exitCode = await main(process.argv.slice(2));
