/**
 * ClickHouse's engine behind a small HTTP face: `POST /?query=INSERT...` with JSONEachRow lines, `POST /query` with SQL; answers JSON.
 * Arguments: port, data directory. Ends with its parent's signal.
 */
import { createServer } from 'node:http';
import { Session } from 'chdb';

const [port, dir] = process.argv.slice(2);
const session = new Session(dir);

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const data = await body(request);
  if (pathname === '/insert') {
    await session.insert({
      table: searchParams.get('table'),
      values: data,
      format: 'JSONEachRow',
    });
    return '{}';
  }
  if (pathname === '/query') {
    const result = await session.queryAsync(data.toString(), { format: 'JSONCompact' });
    return result.bytes();
  }
  return '{}';
}

const server = createServer((request, response) => {
  answer(request).then(
    (text) => response.end(text),
    (error) => {
      response.statusCode = 500;
      response.end(String(error));
    },
  );
});
server.listen(Number(port), '127.0.0.1');
