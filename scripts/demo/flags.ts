/** Flags of `npm run demo`. */
import { parseArgs } from 'node:util';

export interface Flags {
  /** `HOST:PORT` of Sightline. */
  readonly http: string;
  /** Flags of Sightline's OTLP listeners. Not given unless asked for: the default ports may be taken, given ones may not. */
  readonly otlp: readonly string[];
  readonly shopPort: number;
  /** Requests a second. */
  readonly rate: string;
  /** Where Sightline keeps its data; a temporary directory when it is not given. */
  readonly data: string | undefined;
  readonly help: boolean;
}

export const USAGE = `npm run demo -- [FLAGS]: Sightline, and a small shop with real PostgreSQL and Redis that sends to it

  --http HOST:PORT             Sightline's pages and APIs (127.0.0.1:4300)
  --otlp-http HOST:PORT|off    where it takes OTLP over HTTP (127.0.0.1:4318)
  --otlp-grpc HOST:PORT|off    and over gRPC (127.0.0.1:4317)
  --shop PORT                  the shop (4400)
  --rate N                     visits a second (20)
  --data DIR                   keep Sightline's data there; without it they go to a temporary directory that is removed
  --help
`;

/** Throws a TypeError that names what is wrong. */
export function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      http: { type: 'string', default: '127.0.0.1:4300' },
      'otlp-http': { type: 'string' },
      'otlp-grpc': { type: 'string' },
      shop: { type: 'string', default: '4400' },
      rate: { type: 'string', default: '20' },
      data: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of ['shop', 'rate'] as const) {
    if (!/^\d{1,5}$/.test(values[name]) || Number(values[name]) === 0) {
      throw new TypeError(`--${name} needs a number, not ${values[name]}`);
    }
  }
  return {
    http: values.http,
    otlp: (['otlp-http', 'otlp-grpc'] as const).flatMap((name) =>
      values[name] === undefined ? [] : [`--${name}`, values[name]],
    ),
    shopPort: Number(values.shop),
    rate: values.rate,
    data: values.data,
    help: values.help,
  };
}
