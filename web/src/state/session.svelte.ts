// Who is signed in. A sign-in link carries a token in the fragment, which browsers never send: it is taken out of the
// address bar before anything else happens, and exchanged for a cookie that scripts cannot read.
import { ApiError, readSession, signIn, signOut } from '../lib/api.ts';
import type { Failure } from '../lib/tree.ts';

type Status = 'opening' | 'signed_out' | 'signed_in' | 'unreachable';

let token = takeToken(); // kept until the server took or refused it: the network may fail in between
let status = $state<Status>('opening');
let user = $state('');
let failure = $state<Failure>();

export const session = {
  get status() {
    return status;
  },
  get user() {
    return user;
  },
  get failure() {
    return failure;
  },

  async open() {
    failure = undefined;
    try {
      if (token) await signIn({ token }).catch(refusedLink);
      token = '';
      const found = await readSession();
      user = found ?? '';
      status = found === undefined ? 'signed_out' : 'signed_in';
      if (found !== undefined) failure = undefined; // a used link in a browser that is signed in already harms nobody
    } catch (error) {
      failure = failureOf(error);
      status = 'unreachable';
    }
  },

  async enter(key: string) {
    failure = undefined;
    try {
      await signIn({ key });
      await session.open();
    } catch (error) {
      failure = failureOf(error);
    }
  },

  async leave() {
    await signOut().catch(() => {}); // signed out or out of reach: either way this page shows the door
    failure = undefined;
    status = 'signed_out';
  },

  /** The server no longer knows the cookie. */
  ended() {
    failure = { code: 'signed_out', message: '' };
    status = 'signed_out';
  },
};

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) return error.failure;
  return { code: 'internal_error', message: error instanceof Error ? error.message : String(error) };
}

function takeToken(): string {
  const found = new URLSearchParams(location.hash.slice(1)).get('token') ?? '';
  if (found) history.replaceState(null, '', location.pathname + location.search);
  return found;
}

function refusedLink(error: unknown) {
  if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) throw error;
  failure = error.failure;
}
