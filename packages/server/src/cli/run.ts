/**
 * Picks the command and turns its outcome into an exit code: 0 done, 1 failed, 2 wrong usage.
 *
 * Data goes to stdout, messages to stderr. Commands are loaded when they are chosen, so that `version` does not pay for the server.
 */
import { parseCommandLine } from '../config/flags.ts';
import { ConfigError } from '../config/problem.ts';
import { nearest } from '../config/suggest.ts';
import { COMMANDS, type Command } from './commands.ts';
import { forgetSignals } from './early-signals.ts';
import { helpFor, helpForGroup } from './help.ts';
import { fail, USAGE_ERROR } from './output.ts';

/** Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const line = parseCommandLine(args);
  if (line.version && line.words.length === 0) line.words.push('version');
  const found = findCommand(line.words);
  const group = found === undefined ? groupHelp(line.words) : undefined;
  if (line.help || line.words[0] === 'help') {
    process.stdout.write(group ?? helpFor(found?.command));
    return 0;
  }
  if (line.problems.length > 0) {
    fail(new ConfigError(line.problems).message);
    return USAGE_ERROR;
  }
  if (group !== undefined) {
    process.stderr.write(group);
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
  if (found.command.name !== 'serve') forgetSignals();
  return found.command.run(line);
}

/** Help for the first word of commands that have two: `config`; undefined for anything else. */
function groupHelp(words: readonly string[]): string | undefined {
  const name = (words[0] === 'help' ? words.slice(1) : words).join(' ');
  const members = COMMANDS.filter((command) => command.name.startsWith(`${name} `));
  return members.length === 0 ? undefined : helpForGroup(name, members);
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
