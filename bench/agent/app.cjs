/**
 * The application of the bench: a Fastify server with two routes, watched as AGENT says (variants.ts). CommonJS, because that is what the
 * SDK's instrumentation patches without a loader. Prints its port.
 */
const AGENT = process.env.AGENT ?? 'none';

async function main() {
  const sdk = AGENT.startsWith('sdk') ? require('./sdk.cjs').startSdk(AGENT) : undefined;
  const fastify = require('fastify');
  const app = fastify();
  if (sdk?.plugin !== undefined) await app.register(sdk.plugin);
  if (AGENT.startsWith('ours')) {
    const { start } = await import('@sightline/agent');
    const agent = await start({ service: `bench-${AGENT}`, traces: AGENT === 'ours-traces' });
    await app.register(agent.http.fastify());
  }
  app.get('/items/:id', (request) => item(Number(request.params.id)));
  app.get('/list', () => Array.from({ length: 20 }, (_, id) => item(id)));
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.stdout.write(`${app.server.address().port}\n`);
}

function item(id) {
  return {
    id,
    name: `Item ${id}`,
    description: 'Well made and made to last. '.repeat(10),
    price: 500 + id,
  };
}

main();
