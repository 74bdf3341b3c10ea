import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { SpanQuery } from './ast.ts';
import { TraceqlEvalError } from './eval-error.ts';
import { type SearchOptions, searchTraces, type TraceMatch } from './search.ts';
import { anyQuery, parsed } from './testing/arbitrary.ts';
import { anySpans, type TestSpan, testSource, testTrace } from './testing/memory-source.ts';
import { valueText } from './value.ts';

const OPTIONS: SearchOptions = { startMs: 0, endMs: 1000, limit: 20, spansPerSpanset: 100 };

function search(query: string, spans: readonly TestSpan[], options = OPTIONS): TraceMatch[] {
  return searchTraces(parsed(query), testSource(testTrace('t1', spans)), options);
}

/** Ids of the spans of each spanset, by start time: `a b, c`. */
function ids(query: string, spans: readonly TestSpan[]): string {
  const [match] = search(query, spans);
  const sets = match?.spansets.map((set) => set.spans.map(({ spanId }) => spanId).join(' '));
  return sets?.join(', ') ?? '';
}

/** One request: a (gateway) calls b and e (shop); b calls c and d (db). */
const SHOP: TestSpan[] = [
  { id: 'a', name: 'GET /', ms: 100, kind: 'server', resource: { 'service.name': 'gateway' } },
  {
    id: 'b',
    parent: 'a',
    name: 'cart',
    at: 10,
    ms: 50,
    kind: 'client',
    resource: { 'service.name': 'shop', zone: 'eu' },
    span: { 'http.status': 200, zone: 'us', retry: false, 'a b': 'x' },
    scope: { name: 'http', version: '1.2', attributes: { language: 'js' } },
  },
  {
    id: 'c',
    parent: 'b',
    name: 'SELECT',
    at: 20,
    ms: 10,
    status: 'error',
    message: 'gone',
    resource: { 'service.name': 'db' },
    span: { rows: 5, ratio: 0.5, tags: ['x', 'y'], slow: true },
    events: [
      { name: 'exception', afterMs: 2, attributes: { 'exception.message': 'no row' } },
      { name: 'retry', afterMs: 4 },
    ],
  },
  {
    id: 'd',
    parent: 'b',
    name: 'UPDATE',
    at: 30,
    ms: 20,
    status: 'ok',
    resource: { 'service.name': 'db' },
    span: { rows: 7 },
  },
  {
    id: 'e',
    parent: 'a',
    name: 'mail',
    at: 60,
    ms: 5.5,
    kind: 'producer',
    resource: { 'service.name': 'shop' },
    span: { 'http.status': 500 },
    links: [{ trace: 'ff01', span: 'ee', attributes: { why: 'batch' } }],
  },
];

test('conditions on one span', () => {
  const is = (where: string, want: string) => assert.equal(ids(`{ ${where} }`, SHOP), want, where);
  is('', 'a b c d e');
  is('name = "cart"', 'b');
  is('name != "cart" && name < "UPDATE"', 'a c');
  is('resource.service.name = "db"', 'c d');
  is('.service.name =~ "s.*|db"', 'b c d e');
  is('.service.name !~ "s.*"', 'a c d');
  is('name =~ "E"', '');
  is('duration > 10ms && duration <= 50ms', 'b d');
  is('duration = 5.5ms', 'e');
  is('10ms < span:duration', 'a b d');
  is('status = error', 'c');
  is('status != error', 'a b d e');
  is('kind = client || kind = producer', 'b e');
  is('statusMessage = "gone"', 'c');
  is('span.http.status >= 300', 'e');
  is('span.http.status != 200', 'e');
  is('!(span.http.status = 200)', 'a c d e');
  is('span.http.status = nil', 'a c d');
  is('span.http.status != nil', 'b e');
  is('span.http.status = "200"', '');
  is('.zone = "us"', 'b');
  is('resource.zone = "eu"', 'b');
  is('.rows + 1 = 6 || .rows * 2 = 14', 'c d');
  is('.rows % 2 = 1 && .rows ^ 2 > 25', 'd');
  is('-.rows < -5', 'd');
  is('.ratio = .5 && .ratio < 1', 'c');
  is('.rows > .ratio', 'c');
  is('.slow', 'c');
  is('!.retry', 'b');
  is('.slow || .http.status = 500', 'c e');
  is('span."a b" = "x"', 'b');
  is('.none = .other || .none != .rows || 1 != .none || rootName < .none', '');
  is('nil != .rows', 'c d');
  is('true', 'a b c d e');
  is('1 = 2', '');
});

test('arrays, events, links, scopes', () => {
  const is = (where: string, want: string) => assert.equal(ids(`{ ${where} }`, SHOP), want, where);
  is('.tags = "x"', 'c');
  is('.tags =~ "[yz]"', 'c');
  is('.tags != "x"', '');
  is('.tags != "z"', 'c');
  is('.tags !~ "x|z"', '');
  is('.tags != nil', 'c');
  is('event:name = "retry" && event:timeSinceStart > 3ms', 'c');
  is('event.exception.message =~ ".*row.*"', 'c');
  is('link:traceID =~ "ff01" && link:spanID =~ "ee" && link.why = "batch"', 'e');
  is('instrumentation:name = "http" && instrumentation:version = "1.2"', 'b');
  is('instrumentation.language = "js"', 'b');
});

test('the shape of the trace', () => {
  const is = (where: string, want: string) => assert.equal(ids(`{ ${where} }`, SHOP), want, where);
  is('childCount = 0', 'c d e');
  is('span:childCount > 1', 'a b');
  is('nestedSetParent < 0', 'a');
  is('nestedSetLeft = 2 && nestedSetRight = 7', 'b');
  is('nestedSetParent = 2', 'c d');
  is('parent = nil', 'a');
  is('parent != nil', 'b c d e');
  is('parent.http.status = 200', 'c d');
  is('parent.resource.service.name = resource.service.name', '');
  is('parent.resource.service.name = "gateway"', 'b e');
  is('rootName = "GET /" && trace:rootService = "gateway"', 'a b c d e');
  is('trace:duration = 100ms', 'a b c d e');
  is('trace:id = "t1" && span:id =~ "[cd]"', 'c d');
  is('span:parentID =~ "b"', 'c d');
});

test('structural operators', () => {
  const is = (query: string, want: string) => assert.equal(ids(query, SHOP), want, query);
  const [a, db, shop, error, b] = [
    '{ name = "GET /" }',
    '{ .service.name = "db" }',
    '{ .service.name = "shop" }',
    '{ status = error }',
    '{ name = "cart" }',
  ];
  is(`${a} > ${shop}`, 'b e');
  is(`${a} > ${db}`, '');
  is(`${a} >> ${db}`, 'c d');
  is(`${db} < { }`, 'b');
  is(`${error} << { }`, 'a b');
  is(`${error} ~ ${db}`, 'd');
  is(`${db} ~ ${db}`, 'c d');
  is(`${a} ~ { }`, '');
  is(`${shop} !> ${db}`, '');
  is(`${a} !> ${db}`, 'c d');
  is(`{ } !< ${db}`, 'c d');
  is(`{ } !< { }`, 'c d e');
  is(`{ } !> { }`, 'a');
  is(`{ status = ok } !< ${shop}`, 'e');
  is(`${b} !>> { }`, 'a b e');
  is(`${error} !<< { }`, 'c d e');
  is(`${error} !~ ${db}`, 'c');
  is(`{ name = "none" } !>> ${db}`, 'c d');
  is(`${a} &> ${shop}`, 'a b e');
  is(`${a} &>> ${error}`, 'a c');
  is(`${db} &< ${shop}`, 'b c d');
  is(`${error} &<< ${a}`, 'a c');
  is(`${error} &~ { status = ok }`, 'c d');
  is(`${a} > ${shop} > ${error}`, 'c');
  is(`${a} && ${error}`, 'a c');
  is(`${a} && { name = "none" }`, '');
  is(`${a} || { name = "none" }`, 'a');
  is(`${a} && { name = "none" } || ${b}`, 'b');
  is(`(${db} | count() > 1) && ${a}`, 'a c d');
  is(`(${db} | count() > 2) && ${a}`, '');
});

test('integers beyond 2^53 are exact', () => {
  const spans = ['9007199254740993', '9007199254740992', '9223372036854775807'].map((big, i) => ({
    id: String(i),
    at: i,
    span: { big: BigInt(big) },
  }));
  assert.equal(ids('{ .big = 9007199254740993 }', spans), '0');
  assert.equal(ids('{ .big < 9007199254740993 }', spans), '1');
  assert.equal(ids('{ .big = maxInt && .big > minInt }', spans), '2');
  assert.equal(ids('{ } | by(.big)', spans), '1, 0, 2');
});

test('ids without leading zeros and in capitals', () => {
  const id = '00000000000000ab';
  const spans = [{ id }, { id: '00000000000000cd', parent: id, at: 1 }];
  assert.equal(ids('{ span:id = "ab" }', spans), id);
  assert.equal(ids('{ "00AB" = span:id }', spans), id);
  assert.equal(ids('{ span:parentID = "AB" }', spans), '00000000000000cd');
  assert.equal(ids('{ span:id != "cd" }', spans), id);
});

/** What the documentation says of the operators, span by span. */
function relatedByDefinition(
  op: string,
  lefts: readonly TestSpan[],
  rights: readonly TestSpan[],
  all: readonly TestSpan[],
): Set<string> {
  const parentOf = (span: TestSpan) => all.find(({ id }) => id === span.parent);
  const isBelow = (span: TestSpan, above: TestSpan): boolean => {
    const parent = parentOf(span);
    return parent !== undefined && (parent === above || isBelow(parent, above));
  };
  const stands = (a: TestSpan, b: TestSpan): boolean => {
    switch (op.replace(/[!&]/, '')) {
      case '>':
        return parentOf(b) === a;
      case '<':
        return parentOf(a) === b;
      case '>>':
        return isBelow(b, a);
      case '<<':
        return isBelow(a, b);
      default:
        return a !== b && parentOf(a) !== undefined && parentOf(a) === parentOf(b);
    }
  };
  const found = rights.filter((b) => lefts.some((a) => stands(a, b)) !== op.startsWith('!'));
  const others = op.startsWith('&') ? lefts.filter((a) => rights.some((b) => stands(a, b))) : [];
  return new Set([...found, ...others].map(({ id }) => id));
}

test('structural operators do what they are defined to do', () => {
  const relations = ['>', '<', '>>', '<<', '~'].flatMap((op) => [op, `!${op}`, `&${op}`]);
  const span = fc.record({ up: fc.integer({ min: -2, max: 6 }), a: fc.boolean(), b: fc.boolean() });
  const spans = fc.array(span, { minLength: 1, maxLength: 7 }).map((some) =>
    some.map(({ up, a, b }, i): TestSpan => {
      const parent = up === -2 ? 'gone' : up === -1 || i === 0 ? '' : `s${up % i}`;
      return { id: `s${i}`, parent, span: { a, b } };
    }),
  );
  const agrees = (op: string, some: TestSpan[]) => {
    const lefts = some.filter(({ span }) => span?.a === true);
    const rights = some.filter(({ span }) => span?.b === true);
    const want = relatedByDefinition(op, lefts, rights, some);
    const got = ids(`{ .a } ${op} { .b }`, some.reverse()).split(' ').filter(Boolean);
    assert.deepEqual(new Set(got), want);
  };
  fc.assert(fc.property(fc.constantFrom(...relations), spans, agrees), { numRuns: 2000 });
});

test('a trace of 100,000 spans, each the child of the one before', () => {
  const chain = Array.from({ length: 100_000 }, (_, i) => ({
    id: `s${i}`,
    parent: i === 0 ? '' : `s${i - 1}`,
    at: i,
  }));
  const trace = testTrace('t', chain);
  const matched = (query: string) =>
    searchTraces(parsed(query), testSource(trace), { ...OPTIONS, spansPerSpanset: 1 })[0]
      ?.spansets[0].matched;
  assert.equal(matched('{ } >> { }'), 99_999);
  assert.equal(matched('{ } << { }'), 99_999);
  assert.equal(matched('{ childCount = 0 }'), 1);
  assert.equal(matched('{ nestedSetLeft = 100000 && nestedSetRight = 100001 }'), 1);
});

test('missing parents and circles', () => {
  const broken: TestSpan[] = [
    { id: 'o', parent: 'gone' },
    { id: 'p', parent: 'o', at: 1 },
    { id: 'x', parent: 'y', at: 2 },
    { id: 'y', parent: 'x', at: 3 },
  ];
  assert.equal(ids('{ nestedSetParent < 0 }', broken), '');
  assert.equal(ids('{ span:id = "o" } >> { }', broken), 'p');
  assert.equal(ids('{ span:id = "x" } > { }', broken), 'y');
  assert.equal(ids('{ span:id = "x" } >> { }', broken), '');
  assert.equal(ids('{ nestedSetLeft = 0 }', broken), 'x y');
  const [match] = search('{ }', broken);
  assert.deepEqual([match.rootTraceName, match.rootServiceName], ['', '']);
});

test('pipelines', () => {
  const is = (query: string, want: string) => assert.equal(ids(query, SHOP), want, query);
  is('{ .service.name = "db" } | count() > 1', 'c d');
  is('{ .service.name = "db" } | count() > 2', '');
  is('count() = 5', 'a b c d e');
  is('{ } | avg(duration) > 37ms', 'a b c d e');
  is('{ } | sum(.rows) = 12 | { .rows > 5 }', 'd');
  is('{ } | max(.rows) - min(.rows) = 2', 'a b c d e');
  is('{ } | max(.nothing) = 0', '');
  is('{ } | avg(.rows + 1) = 7', 'a b c d e');
  is('{ } | by(.service.name)', 'c d, a, b e');
  is('{ } | by(.service.name) | count() > 1', 'c d, b e');
  is('{ } | by(.service.name) | count() > 1 | coalesce()', 'b c d e');
  is('{ } | by(.service.name) | { .rows > 5 || .http.status > 1 }', 'd, b e');
  is('{ } | by(duration > 10ms)', 'c e, a b d');
  is('{ } | by(.http.status)', 'b, e, a c d');
  is('{ } | select(.x) | { name = "cart" }', 'b');
});

test('what a match tells', () => {
  const [match] = search(
    '{ .service.name = "db" && .rows > 0 } | by(resource.service.name) | avg(duration) > 1ms | select(span:name, status, parent.zone)',
    SHOP,
  );
  assert.deepEqual(
    { ...match, spansets: match.spansets.length },
    {
      services: [
        { service: 'db', spans: 2, errors: 1 },
        { service: 'gateway', spans: 1, errors: 0 },
        { service: 'shop', spans: 2, errors: 0 },
      ],
      traceId: 't1',
      rootServiceName: 'gateway',
      rootTraceName: 'GET /',
      startLo: 0,
      startHi: 0,
      durationNs: 100e6,
      spansets: 1,
    },
  );
  const [set] = match.spansets;
  assert.equal(set.matched, 2);
  const text = (attributes: readonly { key: string; value: Parameters<typeof valueText>[0] }[]) =>
    attributes.map(({ key, value }) => `${key}=${valueText(value)}`).join(' ');
  assert.equal(text(set.attributes), 'by(resource.service.name)=db avg(duration)=15ms');
  assert.equal(
    text(set.spans[0].attributes),
    'service.name=db rows=5 service.name=db name=SELECT status=error zone=us',
  );
  assert.deepEqual(
    { ...set.spans[1], attributes: 0 },
    { spanId: 'd', name: 'UPDATE', startLo: 30e6, startHi: 0, durationNs: 20e6, attributes: 0 },
  );
});

test('limits', () => {
  const traces = ['t3', 't2', 't1'].map((id) => testTrace(id, SHOP));
  const source = testSource(...traces);
  const options = { ...OPTIONS, limit: 2, spansPerSpanset: 3 };
  const matches = searchTraces(parsed('{ }'), source, options);
  assert.deepEqual(
    matches.map(({ traceId }) => traceId),
    ['t3', 't2'],
  );
  assert.deepEqual(
    matches[0].spansets.map(({ matched, spans }) => [
      matched,
      spans.map(({ spanId }) => spanId).join(''),
    ]),
    [[5, 'abc']],
  );
  assert.deepEqual(searchTraces(parsed('{ }'), source, { ...options, limit: 0 }), []);
  assert.equal(
    search('{ }', SHOP, { ...OPTIONS, spansPerSpanset: 0 })[0].spansets[0].spans.length,
    0,
  );
  const many = Array.from({ length: 10_001 }, (_, i) => ({ id: `s${i}` }));
  assert.throws(() => search('{ } | by(span:id)', many), TraceqlEvalError);
});

test('no query fails over odd traces', () => {
  const runs = (query: SpanQuery, some: TestSpan[]) => {
    const source = testSource(testTrace('t', some));
    for (const { spansets } of searchTraces(query, source, OPTIONS)) {
      assert.ok(spansets.length > 0);
      for (const { matched } of spansets) assert.ok(matched > 0 && matched <= some.length);
    }
  };
  fc.assert(fc.property(anyQuery(), anySpans(), runs), { numRuns: 1000 });
});
