// A text that grows is cut into blocks of markdown (paragraphs, lists, code …). All but the last are settled: they are
// rendered once and never looked at again, so the cost of a long answer grows with its length and not with its square.
import { lexer } from 'marked';

export interface Blocks {
  settled: readonly string[];
  tail: string; // may still grow or change its meaning
}

const mayBeMarker = /^\s*(?:\d{1,9}[.)]?|[-*+])\s*$/;

export class BlockSplitter {
  #settled: string[] = [];
  #text = ''; // of the settled blocks together

  /** `whole` is all of the text so far. One that does not continue the last one starts over. */
  split(whole: string): Blocks {
    const text = whole.replace(/\r\n?/g, '\n'); // as the lexer does, so that lengths agree
    if (!text.startsWith(this.#text)) {
      this.#settled = [];
      this.#text = '';
    }
    const tokens = lexer(text.slice(this.#text.length));
    let last = tokens.length - 1;
    while (last > 0 && tokens[last]?.type === 'space') last--; // an empty line alone settles nothing: a list may go on
    if (mayBeMarker.test(tokens[last]?.raw ?? '')) {
      const before = tokens[last - 1]?.type === 'space' ? last - 2 : last - 1;
      if (tokens[before]?.type === 'list') last = before; // with the next character it may be that list's next item
    }
    for (const { raw } of tokens.slice(0, Math.max(last, 0))) {
      this.#text += raw;
      if (raw.trim() !== '') this.#settled.push(raw);
    }
    return { settled: [...this.#settled], tail: text.slice(this.#text.length) };
  }
}

/** Links like [this][1] find their address anywhere in the text, so such a text is one block once it is whole. */
export function hasDefinitions(text: string): boolean {
  return /^ {0,3}\[[^\]]+\]: *\S/m.test(text);
}
