import type { Listener } from '../api/status.ts';
import type { SnippetPlace } from './snippets.ts';
import { useSystem } from './use-status.ts';

function grpcAddress(listeners: readonly Listener[] | undefined): string | undefined {
  const listener = listeners?.find((one) => one.name === 'otlp_grpc' && one.state === 'listening');
  return listener?.url.replace(/^\w+:\/\//, '');
}

/** Where this page came from, for snippets. */
export function useSnippetPlace(): SnippetPlace {
  const { data: system } = useSystem();
  const { origin, host, protocol } = window.location;
  return {
    origin,
    host,
    secure: protocol === 'https:',
    grpc: grpcAddress(system?.listeners),
    withToken: system?.token_required === true,
  };
}
