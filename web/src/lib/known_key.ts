// The log's public key, remembered when it is first seen: a server that shows another one later is not the one it was, or
// began a new log. Known keys are kept; one browser may have seen several logs.
import { recall, remember } from './remember.ts';

/** False when another key was seen here before. */
export function knownKey(key: string): boolean {
  const place = `log-key ${new URL('.', location.href).pathname}`;
  const known = recall(place);
  if (known === '') remember(place, key);
  return known === '' || known === key;
}
