// What a screen reader is told of things that happen elsewhere on the page: whole blocks of an answer as they are complete,
// not each token, and always politely.
const remembered = 20; // lines stay a while, so that none is swallowed when several come at once

let lines = $state<{ id: number; text: string }[]>([]);
let next = 0;

export const announcer = {
  get lines() {
    return lines;
  },
  say(text: string) {
    if (text.trim() === '') return;
    lines = [...lines.slice(1 - remembered), { id: next++, text }];
  },
};
