/** The commands of `sightline`; each is loaded when it is run. */
import type { CommandLine } from '../config/flags.ts';

export interface Command {
  /** One or two words. */
  name: string;
  /** One line of the overview. */
  summary: string;
  /** More, for the command's own help. */
  details: string;
  /** Whether every setting is a flag of it. */
  takesSettings: boolean;
  /** Resolves with the exit code. */
  run(line: CommandLine): Promise<number>;
}

export const COMMANDS: readonly Command[] = [
  {
    name: 'serve',
    summary: 'Run the server (the default)',
    details:
      'Serves the page and every API, takes in metrics and records this machine. Ends on SIGTERM or SIGINT; reloads on SIGHUP.',
    takesSettings: true,
    run: async (line) => (await import('./serve-command.ts')).runServe(line),
  },
  {
    name: 'config show',
    summary: 'Print the configuration in force and where each value comes from',
    details: 'Prints YAML, or with --json a list of keys, values and places. Secrets are hidden.',
    takesSettings: true,
    run: async (line) => (await import('./config-command.ts')).showConfig(line),
  },
  {
    name: 'config validate',
    summary: 'Check the configuration and name everything that is wrong',
    details: 'Exits with 0 when the configuration can be used, with 1 otherwise.',
    takesSettings: true,
    run: async (line) => (await import('./config-command.ts')).validateConfig(line),
  },
  {
    name: 'version',
    summary: 'Print the version',
    details: 'With --json also those of Node and of the platform.',
    takesSettings: false,
    run: async (line) => (await import('./version-command.ts')).printVersion(line),
  },
];
