import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { BodyError, decompressBody } from './body.ts';

const plain = Buffer.from('some text, '.repeat(1000));

function refused(status: number, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BodyError);
    assert.equal(error.status, status);
    assert.match(error.message, message);
    return true;
  };
}

test('every encoding comes back', async () => {
  const want = async (body: Uint8Array, encoding: string | undefined) =>
    assert.deepEqual(Buffer.from(await decompressBody(body, encoding, 20_000)), plain);
  await want(plain, undefined);
  await want(plain, '');
  await want(plain, 'identity');
  await want(gzipSync(plain), 'gzip');
  await want(gzipSync(plain), ' GZIP ');
  await want(gzipSync(plain), 'x-gzip');
  await want(deflateSync(plain), 'deflate');
  await want(zstdCompressSync(plain), 'zstd');
  await want(brotliCompressSync(plain), 'br');
});

test('bombs end at the cap', async () => {
  const zeros = Buffer.alloc(50_000_000);
  const want = (body: Uint8Array, encoding: string | undefined) =>
    assert.rejects(decompressBody(body, encoding, 100_000), refused(413, /more than 100000 bytes/));
  await want(zeros, undefined);
  await want(gzipSync(zeros), 'gzip');
  await want(deflateSync(zeros), 'deflate');
  await want(zstdCompressSync(zeros), 'zstd');
  await want(brotliCompressSync(zeros, { params: { 1: 5 } }), 'br');
});

test('bodies that are not what their encoding says', async () => {
  const want = (body: Uint8Array, encoding: string) =>
    assert.rejects(
      decompressBody(body, encoding, 100_000),
      refused(400, new RegExp(`body is not ${encoding}`)),
    );
  for (const encoding of ['gzip', 'deflate', 'zstd', 'br']) {
    await want(Buffer.from('no such thing'), encoding);
  }
  await want(gzipSync(plain).subarray(0, -10), 'gzip');
  await want(zstdCompressSync(plain).subarray(0, -3), 'zstd');
});

test('unknown and chained encodings', async () => {
  for (const encoding of ['lz4', 'gzip, gzip', 'snappy']) {
    await assert.rejects(
      decompressBody(plain, encoding, 100_000),
      refused(415, /is not supported/),
    );
  }
});

test('many bombs at a time are refused before they take too much', async () => {
  const bomb = brotliCompressSync(Buffer.alloc(40_000_000), { params: { 1: 5 } });
  const codes = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const problem = decompressBody(bomb, 'br', 64 << 20).then(
        () => undefined,
        (error: unknown) => error,
      );
      const error = await problem;
      return error instanceof BodyError ? error.status : error;
    }),
  );
  assert.ok(codes.includes(503), String(codes));
  assert.ok(codes.includes(undefined), String(codes));
  for (let i = 0; i < 8; i++) {
    assert.equal((await decompressBody(bomb, 'br', 64 << 20)).length, 40_000_000);
  }
});
