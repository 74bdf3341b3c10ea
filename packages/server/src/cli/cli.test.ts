import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sightline-cli-'));
const good = join(folder, 'good.yaml');
const bad = join(folder, 'bad.yaml');
writeFileSync(good, 'retention:\n  metrics: 30d\ntoken: very secret\n');
writeFileSync(bad, 'retentoin:\n  metrics: 30d\n');

function run(args: string[], env: Record<string, string> = {}) {
  const done = spawnSync(process.execPath, ['--conditions=development', MAIN, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, NODE_TEST_CONTEXT: undefined, ...env },
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

test('version goes to stdout', () => {
  const { code, out, err } = run(['version']);
  assert.match(out, /^sightline \d+\.\d+\.\d+\n$/);
  assert.deepEqual([code, err], [0, '']);
  assert.equal(run(['--version']).out, out);
  const parsed = JSON.parse(run(['version', '--json']).out);
  assert.equal(`sightline ${parsed.version}\n`, out);
});

test('help names the commands and the flags, in lines that fit a terminal', () => {
  const { code, out } = run(['--help']);
  assert.equal(code, 0);
  for (const word of [
    'config validate',
    '--http HOST:PORT',
    '--retention-metrics',
    '--config FILE',
  ]) {
    assert.ok(out.includes(word), word);
  }
  const longest = Math.max(...out.split('\n').map((line) => line.length));
  assert.ok(longest <= 110, `a line of ${longest} characters`);
  assert.match(run(['config', 'show', '--help']).out, /^sightline config show: /);
  assert.match(run(['help', 'version']).out, /^sightline version: /);
});

test('config show tells values and places, and no secret', () => {
  const { code, out, err } = run(['config', 'show', '--config', good, '--http', '127.0.0.1:1']);
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^http: 127\.0\.0\.1:1 # flag --http$/m);
  assert.match(out, /^ {2}metrics: 30d # .*good\.yaml:2$/m);
  assert.ok(!out.includes('very secret'));
  const shown = JSON.parse(run(['config', 'show', '--json'], { SIGHTLINE_CONFIG: good }).out);
  const metrics = shown.settings.find((one: { key: string }) => one.key === 'retention.metrics');
  assert.deepEqual([metrics.value, metrics.source], ['30d', 'file']);
});

test('what config show prints can be read back', () => {
  const again = join(folder, 'again.yaml');
  writeFileSync(again, run(['config', 'show', '--config', good]).out);
  assert.equal(run(['config', 'validate', '--config', again]).code, 0);
});

test('config validate says what is wrong and exits with 1', () => {
  assert.equal(run(['config', 'validate', '--config', good]).code, 0);
  const { code, out, err } = run(['config', 'validate', '--config', bad]);
  assert.deepEqual([code, out], [1, '']);
  assert.match(
    err,
    /retentoin: there is no such setting \(.*bad\.yaml:1\)\n {2}did you mean retention\?/,
  );
  assert.ok(!err.includes('\u001b'));
});

test('config validate --json has the problems as data', () => {
  const { code, out, err } = run(['config', 'validate', '--config', bad, '--json']);
  assert.deepEqual([code, err], [1, '']);
  assert.deepEqual(JSON.parse(out), {
    valid: false,
    problems: [
      {
        subject: 'retentoin',
        place: `${bad}:1`,
        message: 'there is no such setting',
        allowed: '',
        suggestion: 'retention',
      },
    ],
  });
  const sound = run(['config', 'validate', '--config', good, '--json']);
  assert.deepEqual(JSON.parse(sound.out), { valid: true, problems: [] });
});

test('config validate misses files that a server would miss when it scrapes', () => {
  const file = join(folder, 'tls.yaml');
  writeFileSync(file, 'scrape_configs: [{job_name: a, tls_config: {ca_file: none.pem}}]\n');
  const { code, err } = run(['config', 'validate', '--config', file]);
  assert.equal(code, 1);
  assert.match(err, /scrape_configs\[0\]\.tls_config\.ca_file: there is no file .*none\.pem/);
  assert.equal(run(['config', 'show', '--config', file]).code, 0);
});

test('config alone tells its commands', () => {
  const { code, out, err } = run(['config']);
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /sightline config show \[flags\]\n {2}sightline config validate \[flags\]/);
  assert.ok(!err.includes('serve'));
  for (const asked of [
    ['config', '--help'],
    ['help', 'config'],
  ]) {
    assert.deepEqual(run(asked), { code: 0, out: err, err: '' });
  }
});

test('defaults stand in one column of the help', () => {
  const flags = /\nFurther flags.*?:\n(.*?)\n\n/s.exec(run(['--help']).out)?.[1]?.split('\n') ?? [];
  const columns = flags
    .filter((l) => l.startsWith('  --'))
    .map((l) => /^ +\S+ +/.exec(l)?.[0].length);
  assert.ok(columns.length > 40);
  assert.equal(new Set(columns).size, 1);
});

test('a signal while the server is being loaded ends it with 0', () => {
  // It comes when main.ts asks for its first module but one.
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name.endsWith('config/flags.ts')) process.kill(process.pid, 'SIGTERM');
      return next(name, context);
    } });`;
  const listeners = ['--http', '127.0.0.1:0', '--otlp-http', 'off', '--otlp-grpc', 'off'];
  const { status, signal } = spawnSync(
    process.execPath,
    [
      '--conditions=development',
      `--import=data:text/javascript,${encodeURIComponent(hook)}`,
      MAIN,
      ...listeners,
      '--data',
      join(folder, 'data'),
    ],
    { env: { PATH: process.env.PATH, NODE_TEST_CONTEXT: undefined }, timeout: 30_000 },
  );
  assert.deepEqual([status, signal], [0, null]);
});

const misused: [string[], RegExp][] = [
  [['serv'], /there is no command 'serv'; did you mean 'serve'\?/],
  [['config', 'shw'], /there is no command 'config shw'; did you mean 'config show'\?/],
  [['version', 'x'], /'version' takes no argument 'x'/],
  [['--htp', 'x'], /--htp: there is no such flag\n {2}did you mean --http\?/],
  [['--data'], /--data: needs a value/],
];
for (const [args, want] of misused) {
  test(`wrong usage exits with 2: ${args.join(' ')}`, () => {
    const { code, out, err } = run(args);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, want);
  });
}

test('a wrong setting stops serve before anything is made', () => {
  const { code, err } = run(['--http', '0.0.0.0:0', '--data', join(folder, 'none')]);
  assert.equal(code, 1);
  assert.match(err, /a token is needed/);
});
