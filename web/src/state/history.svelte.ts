// The conversations of this browser, newest first, and the one that is open. Changes are written behind the scenes.
import { newId } from '../lib/id.ts';
import { limit, openStorage } from '../lib/storage.ts';
import type { Storage } from '../lib/storage.ts';
import { newConversation, settle } from '../lib/tree.ts';
import type { Conversation } from '../lib/tree.ts';

let list = $state<Conversation[]>([]);
let openId = $state('');
let keeps = $state(true);
let storage: Storage | undefined;
const due = new Map<string, ReturnType<typeof setTimeout>>();

export const history = {
  limit,
  get list() {
    return list;
  },
  /** Nothing: a new chat, which joins the list with its first question. */
  get open(): Conversation | undefined {
    return list.find((conversation) => conversation.id === openId);
  },
  /** Whether the browser lets us keep anything. */
  get keeps() {
    return keeps;
  },

  async load(user: string) {
    storage = await openStorage(user);
    keeps = storage !== undefined;
    list = (await storage?.readAll().catch(() => []))?.map(settle) ?? [];
    openId = '';
  },

  /** Writes what is waiting: the page may be about to go. */
  flush() {
    for (const conversation of list.filter(({ id }) => due.has(id))) history.saveNow(conversation);
  },

  forget() {
    history.flush();
    list = [];
    openId = '';
    storage = undefined;
  },

  show(id: string) {
    openId = id;
  },

  create(model: string): Conversation {
    const conversation = newConversation(newId(), model, Date.now());
    list.unshift(conversation);
    openId = conversation.id;
    while (list.length > limit) history.remove(list[list.length - 1]!.id);
    return list[0]!; // the reactive one
  },

  /** Its newest change is worth a place at the top. */
  touch(conversation: Conversation) {
    conversation.updated = Date.now();
    const at = list.findIndex(({ id }) => id === conversation.id);
    if (at > 0) list.unshift(...list.splice(at, 1));
    history.saveNow(conversation); // a page that closes does not always get to write
  },

  /** Written within a second: an answer that is coming changes it many times. */
  save(conversation: Conversation) {
    if (due.has(conversation.id)) return;
    due.set(conversation.id, setTimeout(() => write(conversation), 800));
  },

  saveNow(conversation: Conversation) {
    clearTimeout(due.get(conversation.id));
    write(conversation);
  },

  remove(id: string) {
    clearTimeout(due.get(id));
    due.delete(id);
    list = list.filter((conversation) => conversation.id !== id);
    if (openId === id) openId = '';
    storage?.remove(id).catch(cannotKeep);
  },

  clear() {
    for (const { id } of list) clearTimeout(due.get(id));
    due.clear();
    list = [];
    openId = '';
    storage?.clear().catch(cannotKeep);
  },
};

function write(conversation: Conversation) {
  due.delete(conversation.id);
  if (!list.some(({ id }) => id === conversation.id)) return; // deleted meanwhile
  storage?.write($state.snapshot(conversation)).catch(cannotKeep);
}

function cannotKeep() {
  keeps = false; // the disk is full, or the browser took the storage away: said in the list of conversations
}
