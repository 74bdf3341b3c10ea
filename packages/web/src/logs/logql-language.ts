/** Colours of LogQL in the editor: a tokenizer by line, since colours need no tree. */
import { StreamLanguage } from '@codemirror/language';

const stages =
  /^(?:json|logfmt|regexp|pattern|unpack|unwrap|decolorize|line_format|label_format|drop|keep|distinct)\b/;
const words = /^(?:by|without|on|ignoring|group_left|group_right|bool|offset|or|and|unless|ip)\b/;
const call = /^[A-Za-z_]\w*(?=\s*\()/;

/** The language of the editor. `quoted` carries a string in backticks over lines. */
export const logqlLanguage = StreamLanguage.define<{ quoted: boolean; afterPipe: boolean }>({
  name: 'logql',
  startState: () => ({ quoted: false, afterPipe: false }),
  token(stream, state) {
    if (state.quoted || stream.match('`')) {
      state.quoted = true;
      while (!stream.eol()) {
        if (stream.next() !== '`') continue;
        state.quoted = false;
        break;
      }
      return 'string';
    }
    if (stream.eatSpace()) return null;
    const afterPipe = state.afterPipe;
    state.afterPipe = false;
    if (stream.match(/^#.*/)) return 'comment';
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string';
    if (stream.match(/^(?:\|[=~>]|![=~>]|=~|[=<>]=|[=<>])/)) return 'operatorKeyword';
    if (stream.match('|')) {
      state.afterPipe = true;
      return 'operatorKeyword';
    }
    if (afterPipe && stream.match(stages)) return 'keyword';
    if (stream.match(words)) return 'keyword';
    if (stream.match(call)) return 'variableName.function';
    if (stream.match(/^(?:\d[\w.]*)/)) return 'number';
    if (stream.match(/^[A-Za-z_]\w*/)) return 'labelName';
    stream.next();
    return null;
  },
  languageData: {
    closeBrackets: { brackets: ['(', '[', '{', '"', '`'] },
    commentTokens: { line: '#' },
  },
});
