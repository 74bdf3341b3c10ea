import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WordTable } from './word-table.ts';

const word = fc.oneof(fc.nat(5), fc.constantFrom(0x80000000, 0xffffffff));
const key = fc.tuple(word, word, word, word);

test('rows are found under their keys', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 500 }), (keys) => {
      const table = new WordTable();
      const model = new Map<string, number>();
      keys.forEach((words, row) => {
        const found = table.find(...words);
        assert.equal(found, model.get(words.join()) ?? -1);
        if (found >= 0) return;
        table.add(...words, row);
        model.set(words.join(), row);
      });
      assert.equal(table.size, model.size);
      for (const words of keys) assert.equal(table.find(...words), model.get(words.join()));
      table.clear();
      for (const words of keys) assert.equal(table.find(...words), -1);
    }),
  );
});
