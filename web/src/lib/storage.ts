// Conversations kept in this browser, in IndexedDB, one database for each person who signs in here and each base path of
// the server. At most `limit` are kept: the oldest give way. Where the browser forbids storage everything works and
// nothing is kept; `open` says so by giving nothing.
import type { Conversation } from './tree.ts';

export const limit = 200;
const table = 'conversations';

export interface Storage {
  readAll(): Promise<Conversation[]>; // newest first
  write(conversation: Conversation): Promise<void>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
}

export async function openStorage(user: string): Promise<Storage | undefined> {
  let database: IDBDatabase;
  try {
    const request = indexedDB.open(`entente ${new URL('.', location.href).pathname} ${user}`, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table, { keyPath: 'id' });
    database = await result(request);
  } catch {
    return undefined;
  }
  const store = (mode: IDBTransactionMode) => database.transaction(table, mode).objectStore(table);
  return {
    readAll: async () => {
      const all = (await result(store('readonly').getAll())) as Conversation[];
      all.sort((a, b) => b.updated - a.updated);
      const tooOld = all.splice(limit);
      if (tooOld.length > 0) {
        const writing = store('readwrite');
        for (const { id } of tooOld) writing.delete(id);
      }
      return all;
    },
    write: async (conversation) => {
      const writing = store('readwrite');
      const written = result(writing.put(conversation));
      writing.transaction.commit(); // at once: the page may be closing
      await written;
    },
    remove: async (id) => void (await result(store('readwrite').delete(id))),
    clear: async () => void (await result(store('readwrite').clear())),
  };
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('storage failed'));
  });
}
