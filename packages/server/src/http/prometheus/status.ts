/** What Prometheus tells of itself, its targets and its rules; the parts that need no stored data. */
import { availableParallelism, hostname } from 'node:os';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { errorAnswer, successAnswer } from '../../queries/answers.ts';
import type { QueryAnswer } from '../../queries/requests.ts';
import type { PrometheusDeps } from './deps.ts';
import { Params, quote } from './params.ts';

/** The Prometheus whose API and PromQL this is; clients choose what to send by it. */
const COMPATIBLE_VERSION = '3.14.0';

/** Registers under `prefix`, e.g. `/api/v1`. */
export function registerStatus(app: FastifyInstance, prefix: string, deps: PrometheusDeps): void {
  const get = (
    path: string,
    answer: (params: Params) => QueryAnswer | Promise<QueryAnswer>,
  ): void => {
    app.get(`${prefix}/${path}`, async (request, reply) =>
      send(reply, await answer(Params.of(request))),
    );
  };
  get('status/buildinfo', () => successAnswer(buildInfo(deps)));
  get('status/config', async () => successAnswer({ yaml: await deps.status.configYaml() }));
  get('status/flags', () => successAnswer(deps.status.flags()));
  get('status/runtimeinfo', () => successAnswer(runtimeInfo(deps)));
  get('status/walreplay', () => successAnswer({ min: 0, max: 0, current: 0, state: 'done' }));
  get('targets', (params) => targets(params, deps));
  get('scrape_pools', () => successAnswer({ scrapePools: deps.targets.pools() }));
  get('targets/metadata', () => successAnswer([]));
  get('rules', (params) => rules(params));
  get('alerts', () => successAnswer({ alerts: [] }));
  get('alertmanagers', () => successAnswer({ activeAlertmanagers: [], droppedAlertmanagers: [] }));
}

function send(reply: FastifyReply, answer: QueryAnswer): FastifyReply {
  reply.code(answer.status).header('content-type', answer.contentType);
  return reply.send(Buffer.concat(answer.body));
}

/** Without `features`: with any, Grafana takes us for a Mimir with a ruler. */
function buildInfo(deps: PrometheusDeps) {
  return {
    version: COMPATIBLE_VERSION,
    revision: `sightline-${deps.status.version}`,
    branch: 'HEAD',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  };
}

function runtimeInfo(deps: PrometheusDeps) {
  const { status, now } = deps;
  const reload = status.reload();
  return {
    startTime: new Date(status.startedMs).toISOString(),
    CWD: process.cwd(),
    hostname: hostname(),
    serverTime: new Date(now()).toISOString(),
    reloadConfigSuccess: reload.ok,
    lastConfigTime: new Date(reload.atMs).toISOString(),
    corruptionCount: 0,
    goroutineCount: 0,
    GOMAXPROCS: availableParallelism(),
    GOMEMLIMIT: 0,
    GOGC: '',
    GODEBUG: '',
    storageRetention: status.retention(),
  };
}

function targets(params: Params, deps: PrometheusDeps): QueryAnswer {
  const state = params.get('state').toLowerCase();
  const pool = params.get('scrapePool');
  const inPool = (target: { scrapePool: string }) => pool === '' || target.scrapePool === pool;
  const showsActive = state === '' || state === 'any' || state === 'active';
  const showsDropped = state === '' || state === 'any' || state === 'dropped';
  return successAnswer({
    activeTargets: showsActive ? deps.targets.active().filter(inPool) : [],
    droppedTargets: showsDropped ? deps.targets.dropped().filter(inPool) : [],
    droppedTargetCounts: showsDropped ? deps.targets.droppedCounts() : null,
  });
}

function rules(params: Params): QueryAnswer {
  const type = params.get('type').toLowerCase();
  if (type !== '' && type !== 'alert' && type !== 'record') {
    const text = `invalid parameter "type": not supported value ${quote(type)}`;
    return errorAnswer('bad_data', text);
  }
  return successAnswer({ groups: [] });
}
