/** The files that jobs name for secrets and certificates: whether they can be read, before a scrape needs them. */
import { accessSync, constants } from 'node:fs';
import { resolve } from 'node:path';
import { problemAt, type ScrapeConfig, type ScrapeProblem } from './scrape.ts';

/** `folder` is where relative names begin. */
export function unreadableFiles(configs: readonly ScrapeConfig[], folder: string): ScrapeProblem[] {
  return configs.flatMap(({ http }, job) => {
    const { basicAuth, authorization, tls } = http;
    const files: [string, string, string | undefined][] = [
      ['basic_auth', 'username_file', basicAuth?.username.file],
      ['basic_auth', 'password_file', basicAuth?.password.file],
      ['authorization', 'credentials_file', authorization?.credentials.file],
      ['tls_config', 'ca_file', tls.ca.file],
      ['tls_config', 'cert_file', tls.cert.file],
      ['tls_config', 'key_file', tls.key.file],
    ];
    return files.flatMap(([section, key, file]) => {
      const problem = file === undefined ? undefined : whyUnreadable(resolve(folder, file));
      if (problem === undefined) return [];
      return [problemAt(['scrape_configs', job, section, key], problem)];
    });
  });
}

function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read (${code})`;
  }
}
