/**
 * Node's HTTP, without the rest of it.
 *
 * `import ... from 'node:http'` reads every export of the module to build its namespace, also the lazy ones that load Node's fetch and
 * WebSocket, HTTP/2 and web streams: 16 MB of resident memory that nothing here uses. Asked for this way they stay unloaded.
 * Types may be imported from 'node:http' as ever.
 */
export const { createServer, ServerResponse, STATUS_CODES } = process.getBuiltinModule('node:http');
