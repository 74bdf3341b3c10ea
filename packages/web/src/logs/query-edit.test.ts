import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldFilter, filterState, withFilter, withLineFilter } from './query-edit.ts';
import { type LogQuery, printQuery, splitQuery } from './query-text.ts';

function split(text: string): LogQuery {
  const query = splitQuery(text);
  assert.ok(query, text);
  return query;
}

function edited(text: string, filter: FieldFilter): string {
  return printQuery(withFilter(split(text), filter));
}

const all = '{service_name=~".+"}';

test('labels of a stream are filtered in the selector', () => {
  const only = { source: 'stream', name: 'service_name', op: '=', value: 'cart' } as const;
  assert.equal(edited(all, only), '{service_name="cart"}');
  assert.equal(edited('{service_name="cart"}', only), all);
  assert.equal(edited('{service_name="pay"}', only), '{service_name="cart"}');
  assert.equal(edited('{service_name!="cart", a="b"}', only), '{a="b", service_name="cart"}');
  const not = { ...only, op: '!=' } as const;
  assert.equal(edited(all, not), '{service_name=~".+", service_name!="cart"}');
  assert.equal(edited('{service_name="cart"}', not), '{service_name=~".+", service_name!="cart"}');
});

test('other fields are filtered by a stage, which the same click takes back', () => {
  const only = { source: 'metadata', name: 'user', op: '=', value: '7' } as const;
  assert.equal(edited(all, only), `${all} | user="7"`);
  assert.equal(edited(`${all} | user="7"`, only), all);
  assert.equal(edited(`${all} | user="8" |= "x"`, only), `${all} |= "x" | user="7"`);
  const not = { ...only, op: '!=' } as const;
  assert.equal(edited(`${all} | user="7"`, not), `${all} | user!="7"`);
  assert.equal(edited(`${all} | user!="8"`, not), `${all} | user!="8" | user!="7"`);
});

test('a field in the text brings its parser once', () => {
  const only = { source: 'json', name: 'status', op: '=', value: '500' } as const;
  assert.equal(edited(all, only), `${all} | json | status="500"`);
  const filter = { ...only, name: 'path', value: '/' };
  assert.equal(
    edited(`${all} | json | status="500"`, filter),
    `${all} | json | status="500" | path="/"`,
  );
});

test('the state of a value is known', () => {
  const query = split('{a="b"} | c!="d"');
  assert.equal(filterState(query, 'a', 'b'), '=');
  assert.equal(filterState(query, 'c', 'd'), '!=');
  assert.equal(filterState(query, 'c', 'b'), undefined);
});

test('a pattern is filtered before the stages that parse', () => {
  const once = withLineFilter(split('{a="b"} |= "x" | json'), '|>', '<_> done');
  assert.equal(printQuery(once), '{a="b"} |= "x" |> "<_> done" | json');
  assert.equal(printQuery(withLineFilter(once, '|>', '<_> done')), '{a="b"} |= "x" | json');
});
