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
  assert.equal(
    run(['config', 'validate', '--config', bad, '--json']).out,
    '{\n  "valid": false\n}\n',
  );
});

const misused: [string[], RegExp][] = [
  [['serv'], /there is no command 'serv'; did you mean 'serve'\?/],
  [['config'], /there is no command 'config'/],
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
