// Asking and answering: each answer that is coming has its own stop, and goes on while another conversation is looked at.
import { ApiError, ask } from '../lib/api.ts';
import type { AnswerEvent } from '../lib/api.ts';
import { FrameWriter } from '../lib/frame_writer.ts';
import { newId } from '../lib/id.ts';
import { add, messageOf, pathTo, removeLeaf, root, shownPath, titleFrom } from '../lib/tree.ts';
import type { Conversation, Message } from '../lib/tree.ts';
import { destination } from './destination.svelte.ts';
import { history } from './history.svelte.ts';
import { models } from './models.svelte.ts';
import { failureOf, session } from './session.svelte.ts';

const running = new Map<string, AbortController>(); // by message

/** A new question at the end of what is shown; without a conversation it begins one. */
export function askNext(conversation: Conversation | undefined, text: string) {
  const model = models.current;
  if (!model) return;
  const target = conversation ?? history.create(model.id);
  if (target.title === '') target.title = titleFrom(text);
  askAt(target, shownPath(target).at(-1)?.id ?? root, text);
}

/** The question again in other words, as a branch beside the old one. */
export function askInstead(conversation: Conversation, question: Message, text: string) {
  askAt(conversation, question.parent, text);
}

/** Another answer to the same question, beside the old one; one that failed with nothing to show gives way. */
export function answerAgain(conversation: Conversation, answer: Message) {
  const question = messageOf(conversation, answer.parent);
  if (answer.text === '' && answer.state !== 'writing') removeLeaf(conversation, answer.id);
  void answerTo(conversation, question);
}

export function stop(message: Message) {
  running.get(message.id)?.abort();
}

export function stopAll() {
  for (const controller of running.values()) controller.abort();
}

function askAt(conversation: Conversation, parent: string, text: string) {
  const question = add(conversation, parent, { id: newId(), role: 'user', text, state: 'done' });
  void answerTo(conversation, question);
}

async function answerTo(conversation: Conversation, question: Message) {
  const model = models.current;
  if (!model) return;
  conversation.model = model.id;
  const turns = pathTo(conversation, question.id)
    .filter(({ text }) => text !== '')
    .map(({ role, text }) => ({ role, content: text }));
  const answer = add(conversation, question.id, { id: newId(), role: 'assistant', text: '', state: 'writing' });
  history.touch(conversation);

  const controller = new AbortController();
  running.set(answer.id, controller);
  const writer = new FrameWriter((text) => {
    answer.text += text;
    history.save(conversation);
  });
  const began = performance.now();
  try {
    for await (const event of ask(model.id, turns, controller.signal, destination.onlyHere)) take(answer, event, writer);
    writer.flush();
    answer.state = 'done';
  } catch (error) {
    writer.flush();
    if (controller.signal.aborted) {
      answer.state = 'stopped';
    } else {
      answer.state = 'failed';
      answer.failure = failureOf(error);
      if (error instanceof ApiError && error.status === 401) session.ended();
    }
  }
  running.delete(answer.id);
  if (answer.answeredBy) answer.answeredBy.milliseconds = Math.round(performance.now() - began);
  history.saveNow(conversation);
}

function take(answer: Message, event: AnswerEvent, writer: FrameWriter) {
  switch (event.type) {
    case 'begun': {
      const { model, deployment, provider, place, request } = event;
      answer.answeredBy = { model, deployment, provider, place, request };
      break;
    }
    case 'text':
      writer.push(event.text);
      break;
    case 'finished':
      answer.finish = event.reason;
      break;
    case 'usage':
      if (answer.answeredBy) answer.answeredBy.tokens = event.tokens;
      break;
  }
}
