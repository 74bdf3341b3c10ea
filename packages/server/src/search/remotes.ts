/** `search.remotes` of the configuration: further servers that a search asks. */
import * as z from '../zod.ts';

export interface SearchRemote {
  name: string;
  type: 'prometheus' | 'loki' | 'tempo';
  url: string;
  headers: Readonly<Record<string, string>>;
}

const MAX_REMOTES = 32;

export const searchRemotes = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(64),
      type: z.enum(['prometheus', 'loki', 'tempo']),
      url: z.string().regex(/^https?:\/\/./, 'must be an http or https address'),
      token: z.string().min(1).optional(),
      tenant: z.string().min(1).optional(),
    }),
  )
  .max(MAX_REMOTES)
  .optional();

export function remotesOf(parsed: z.output<typeof searchRemotes>): SearchRemote[] {
  return (parsed ?? []).map(({ name, type, url, token, tenant }) => ({
    name,
    type,
    url,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    },
  }));
}
