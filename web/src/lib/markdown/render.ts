// Markdown to HTML that is safe to put into the page. What models write is not trusted: raw HTML is shown as the text it is,
// pictures become links (fetching one would tell its server what was asked), and DOMPurify lets through only what is listed.
import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { highlight } from './highlight.ts';

export interface Labels {
  copy: string;
}

const simpleTag = /^<\/?(?:br|sub|sup|kbd|b|i|em|strong|u|mark|small)\s*\/?>$/i;
const ownDirection = new Set(['P', 'UL', 'OL', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'BLOCKQUOTE', 'TABLE']);

let labels: Labels = { copy: '' };
let whenColoured = () => {};

const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => (simpleTag.test(text.trim()) ? text : escape(text)),
    image: ({ href, text }) => `<a href="${escape(href)}">${escape(text || href)}</a>`,
    code: ({ text, lang }) => {
      const name = (lang ?? '').trim().split(/\s/, 1)[0] ?? '';
      const body = highlight(text, name, () => whenColoured()) ?? escape(text);
      return (
        `<div class="code"><div class="code-head"><span>${escape(name)}</span>` +
        `<button type="button" class="copy-code">${escape(labels.copy)}</button></div>` +
        `<pre tabindex="0"><code>${body}\n</code></pre></div>`
      );
    },
  },
});

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (ownDirection.has(node.tagName) && !node.parentElement?.closest('[dir]')) node.setAttribute('dir', 'auto');
  if (node.tagName === 'PRE' || node.tagName === 'CODE') node.setAttribute('dir', 'ltr');
  if (node.tagName === 'A') {
    node.setAttribute('target', '_blank');
    node.setAttribute('rel', 'noopener noreferrer nofollow');
  }
});

const allowed = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'a', 'em', 'strong', 'del', 'b', 'i'],
    ...['u', 'mark', 'small', 'sub', 'sup', 'kbd', 'code', 'pre', 'span', 'div', 'button', 'input'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'class', 'type', 'tabindex', 'start', 'align', 'checked', 'disabled'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/** `coloured` is called when a language has been loaded that this text would have needed. */
export function renderMarkdown(text: string, words: Labels, coloured: () => void): string {
  labels = words;
  whenColoured = coloured;
  return DOMPurify.sanitize(marked.parse(text, { async: false }), allowed);
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
