// The page's only door to the server. Every address is relative to the page, so a base path needs no word here; every
// request that changes something carries X-Entente-Page, which no form of another site can send.
import type { Failure } from './tree.ts';
import type { Receipt } from './receipt.ts';
import { readEvents } from './sse.ts';

export interface Deployment {
  name: string;
  provider: string;
  place: string;
  local: boolean;
}

export interface Model {
  id: string;
  deployments: Deployment[];
}

export interface Turn {
  role: 'user' | 'assistant';
  content: string;
}

export type AnswerEvent =
  | { type: 'begun'; model: string; deployment: string; provider: string; place: string; request: string }
  | { type: 'text'; text: string }
  | { type: 'finished'; reason: string }
  | { type: 'usage'; tokens: number };

/** What the person is told. `code` is the server's word, or one of ours: network, cut, not_an_answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number; // 0 when there was no answer
  readonly retryAfter: number | undefined;

  constructor(code: string, message = '', status = 0, retryAfter?: number) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }

  get failure(): Failure {
    const failure: Failure = { code: this.code, message: this.message };
    if (this.retryAfter !== undefined) failure.retryAfter = this.retryAfter;
    return failure;
  }
}

/** Who is signed in; nothing when nobody is. */
export async function readSession(): Promise<string | undefined> {
  try {
    const session = (await (await send('session')).json()) as { user?: string };
    return session.user ?? '';
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

export async function signIn(credential: { token: string } | { key: string }): Promise<void> {
  await send('session', { method: 'POST', body: JSON.stringify(credential) });
}

export async function signOut(): Promise<void> {
  await send('session', { method: 'DELETE' });
}

export async function listModels(): Promise<Model[]> {
  const list = (await (await send('v1/models')).json()) as {
    data: { id: string; entente?: { deployments?: Deployment[] } }[];
  };
  return list.data.map((model) => ({ id: model.id, deployments: model.entente?.deployments ?? [] }));
}

/**
 * Asks, and gives the answer as it comes; `onlyHere`: the server refuses rather than sends it elsewhere. Throws ApiError,
 * or the signal's reason when it was stopped.
 */
export async function* ask(model: string, messages: Turn[], signal: AbortSignal, onlyHere = false): AsyncGenerator<AnswerEvent> {
  const body = JSON.stringify({ model, messages, stream: true, stream_options: { include_usage: true } });
  const headers = onlyHere ? { 'entente-policy': 'only-here' } : {};
  const response = await send('v1/chat/completions', { method: 'POST', body, signal, headers });
  const header = (name: string) => response.headers.get(`entente-${name}`) ?? '';
  yield {
    type: 'begun',
    model: header('model') || model,
    deployment: header('deployment'),
    provider: header('provider'),
    place: header('place'),
    request: response.headers.get('x-request-id') ?? '',
  };
  if (!response.body) throw new ApiError('not_an_answer');
  try {
    for await (const event of readEvents(response.body, signal)) {
      if (event.data === '[DONE]') return;
      yield* fromChunk(event.data);
    }
  } catch (error) {
    if (error instanceof ApiError || signal.aborted) throw error;
  }
  throw new ApiError('cut'); // without [DONE] an answer is not whole, however the connection ended
}

/** The receipt of one request, as it came and parsed, with the log's public key. */
export async function readReceipt(request: string): Promise<{ receipt: Receipt; text: string; key: string }> {
  const [receipt, key] = await Promise.all([send(`v1/receipts/${encodeURIComponent(request)}`), send('log/public-key')]);
  const text = await receipt.text();
  return { receipt: JSON.parse(text) as Receipt, text, key: (await key.text()).trim() };
}

interface Chunk {
  choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[];
  usage?: { completion_tokens: number } | null;
  error?: { message?: string; code?: string | null };
}

function* fromChunk(data: string): Generator<AnswerEvent> {
  let chunk: Chunk;
  try {
    chunk = JSON.parse(data) as Chunk;
  } catch {
    throw new ApiError('not_an_answer');
  }
  if (chunk.error) throw new ApiError(chunk.error.code ?? 'internal_error', chunk.error.message);
  const choice = chunk.choices?.[0];
  if (choice?.delta?.content) yield { type: 'text', text: choice.delta.content };
  if (choice?.finish_reason) yield { type: 'finished', reason: choice.finish_reason };
  if (chunk.usage) yield { type: 'usage', tokens: chunk.usage.completion_tokens };
}

async function send(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  const headers: Record<string, string> = { ...init.headers };
  if (init.method) headers['X-Entente-Page'] = '1';
  if (init.body) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin', cache: 'no-store' });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('network');
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  try {
    const { error } = (await response.json()) as { error: { message: string; code: string | null } };
    return new ApiError(error.code ?? 'internal_error', error.message, response.status, Number.isFinite(wait) ? wait : undefined);
  } catch {
    return new ApiError('not_an_answer', '', response.status); // a proxy in between speaks another language
  }
}
