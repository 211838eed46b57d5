// A conversation is a tree: editing a question or asking for another answer adds a branch beside the old one, and nothing
// is lost. What is shown is one path through it, remembered as the chosen child of each message. The functions change the
// conversation they are given, so that a reactive one stays reactive.

export type Role = 'user' | 'assistant';
export type State = 'writing' | 'done' | 'stopped' | 'failed';

/** Which deployment answered, where, and what it took. */
export interface Provenance {
  model: string; // the provider's own name
  deployment: string;
  provider: string; // "local" is the machine of the server
  place: string; // country codes, or "place not stated"
  request?: string; // the server's id of it, which its receipt goes by
  tokens?: number;
  milliseconds?: number;
}

export interface Failure {
  code: string;
  message: string; // the server's own sentence, empty when the page has its own for the code
  retryAfter?: number; // seconds
}

export interface Message {
  id: string;
  parent: string; // root for the first question
  role: Role;
  text: string;
  state: State;
  children: string[];
  chosen?: string; // of the children; the newest unless somebody chose
  answeredBy?: Provenance;
  failure?: Failure;
  finish?: string; // why the answer ended: "stop", "length" …
}

export interface Conversation {
  id: string;
  title: string;
  model: string;
  updated: number; // ms since 1970
  messages: Record<string, Message>; // with the root, which is never shown
}

export const root = 'root';

export function newConversation(id: string, model: string, now: number): Conversation {
  const start: Message = { id: root, parent: '', role: 'assistant', text: '', state: 'done', children: [] };
  return { id, title: '', model, updated: now, messages: { [root]: start } };
}

export function messageOf(conversation: Conversation, id: string): Message {
  const message = conversation.messages[id];
  if (!message) throw new Error(`no message ${id} in conversation ${conversation.id}`);
  return message;
}

/** Adds a branch under `parent` and shows it. */
export function add(conversation: Conversation, parent: string, message: Pick<Message, 'id' | 'role' | 'text' | 'state'>): Message {
  const above = messageOf(conversation, parent);
  conversation.messages[message.id] = { ...message, parent, children: [] };
  above.children.push(message.id);
  above.chosen = message.id;
  return messageOf(conversation, message.id);
}

/** The messages shown, first question first. */
export function shownPath(conversation: Conversation): Message[] {
  const path: Message[] = [];
  let at = messageOf(conversation, root);
  while (at.chosen) {
    at = messageOf(conversation, at.chosen);
    path.push(at);
  }
  return path;
}

/** From the first question down to this message: what a model is sent. */
export function pathTo(conversation: Conversation, id: string): Message[] {
  const path: Message[] = [];
  for (let at = messageOf(conversation, id); at.id !== root; at = messageOf(conversation, at.parent)) path.unshift(at);
  return path;
}

/** Where a message stands among its branches: 1 of 1 when it has none. */
export function branchOf(conversation: Conversation, id: string): { position: number; count: number } {
  const siblings = messageOf(conversation, messageOf(conversation, id).parent).children;
  return { position: siblings.indexOf(id) + 1, count: siblings.length };
}

/** Shows the branch `step` places beside this message; gives its id. At the ends nothing changes. */
export function switchBranch(conversation: Conversation, id: string, step: number): string {
  const above = messageOf(conversation, messageOf(conversation, id).parent);
  const other = above.children[above.children.indexOf(id) + step];
  if (other === undefined) return id;
  above.chosen = other;
  return other;
}

/** The first words of the first question. */
export function titleFrom(question: string): string {
  const line = question.trim().split('\n', 1)[0]?.trim() ?? '';
  if (line.length <= 60) return line;
  const cut = line.slice(0, 60);
  const space = cut.lastIndexOf(' ');
  return `${(space > 30 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** A page that was closed while an answer came leaves it in writing; after loading, nobody writes. */
export function settle(conversation: Conversation): Conversation {
  for (const message of Object.values(conversation.messages)) {
    if (message.state === 'writing') message.state = 'stopped';
  }
  return conversation;
}

/** Takes out a message without children; the branch beside it is shown instead. */
export function removeLeaf(conversation: Conversation, id: string): void {
  const message = messageOf(conversation, id);
  if (id === root || message.children.length > 0) return;
  const above = messageOf(conversation, message.parent);
  const at = above.children.indexOf(id);
  above.children.splice(at, 1);
  const beside = above.children[Math.min(at, above.children.length - 1)];
  if (above.chosen === id) {
    if (beside === undefined) delete above.chosen;
    else above.chosen = beside;
  }
  delete conversation.messages[id];
}
