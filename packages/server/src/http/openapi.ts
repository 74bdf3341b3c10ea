/**
 * Our own API: every route is declared with the schema of its answer, and `/openapi.json` is made from the declarations.
 *
 * Invariants: what is declared is what is answered (tests parse the answers with these schemas); errors are problem+json.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from '../zod.ts';

export interface ApiRoute<T extends z.ZodType = z.ZodType> {
  /** With `{name}` for parameters. */
  path: string;
  /** What the parameters of the path are, by name. */
  parameters?: Readonly<Record<string, string>>;
  /** Parameters of the query, by name. */
  query?: Readonly<Record<string, { description: string; required?: boolean }>>;
  /** Name of the operation in generated clients: `getIntake`. */
  operation: string;
  summary: string;
  answer: T;
  /** The body of a POST route; without one it is a GET route. */
  body?: z.ZodType;
  /** Its media type, where it is not JSON. */
  bodyType?: string;
  /** The media type of the answer, where it is not JSON. */
  answerType?: string;
}

export class ApiRoutes {
  readonly #app: FastifyInstance;
  readonly #routes: ApiRoute[] = [];
  readonly #version: string;

  constructor(app: FastifyInstance, version: string) {
    this.#app = app;
    this.#version = version;
    app.get('/openapi.json', (_request, reply) =>
      reply.type('application/json').send(this.document()),
    );
  }

  /** Declares a GET route and serves it. */
  get<T extends z.ZodType>(route: ApiRoute<T>, handle: () => z.input<T>): void {
    this.#routes.push(route);
    this.#app.get(route.path, (_request, reply) =>
      reply.type('application/json').send(JSON.stringify(handle())),
    );
  }

  /** Declares a route whose handler reads the request and writes the answer itself. */
  serve(
    route: ApiRoute,
    handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  ): void {
    this.declare(route);
    const method = route.body === undefined ? 'GET' : 'POST';
    this.#app.route({ method, url: route.path.replace(/\{(\w+)\}/g, ':$1'), handler: handle });
  }

  /** Declares a route that is served elsewhere. */
  declare(route: ApiRoute): void {
    this.#routes.push(route);
  }

  /** The OpenAPI 3.1 document. */
  document() {
    const paths = Object.fromEntries(
      this.#routes.map((route) => [
        route.path,
        { [route.body === undefined ? 'get' : 'post']: describe(route) },
      ]),
    );
    return {
      openapi: '3.1.0',
      info: {
        title: 'Sightline',
        version: this.#version,
        description: "The process's own API. The Prometheus API stands beside it under /api/v1.",
      },
      paths,
      components: { schemas: { Problem: problemSchema } },
    };
  }
}

const problemSchema = jsonSchema(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
  }),
);

function describe(route: ApiRoute) {
  const problem = { $ref: '#/components/schemas/Problem' };
  const parameters = Object.entries(route.parameters ?? {}).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));
  for (const [name, { description, required = false }] of Object.entries(route.query ?? {})) {
    parameters.push({ name, in: 'query', required, description, schema: { type: 'string' } });
  }
  return {
    operationId: route.operation,
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, route.bodyType) }),
    responses: {
      200: {
        description: route.summary,
        content: { [route.answerType ?? 'application/json']: { schema: jsonSchema(route.answer) } },
      },
      default: {
        description: 'What went wrong (RFC 9457)',
        content: { 'application/problem+json': { schema: problem } },
      },
    },
  };
}

function requestBody(schema: z.ZodType, type = 'application/json') {
  return { required: true, content: { [type]: { schema: jsonSchema(schema, 'input') } } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'output') {
  const { $schema: _, '~standard': __, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
