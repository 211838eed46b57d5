// Checks a receipt here, in the reader's own browser, with nothing from the server but the receipt and the log's public
// key: the signatures, that the entries commit to the records, that they are in the signed log, and that the answer shown
// is the one they speak of. docs/proof.md says what that proves. The hashes and Ed25519 are the library's and not
// WebCrypto's, because a page that came without TLS has no WebCrypto.
import { verify as verifyEd25519, hashes } from '@noble/ed25519';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { signedForCose } from './cose.ts';

hashes.sha512 = sha512;

interface Entry {
  index: number;
  entry: Record<string, unknown>;
  record: Record<string, unknown>;
  salt: string;
  proof: string[];
}

// One candidate of a decision, which the record names by a root over all of them only.
interface Opened {
  candidate: Candidate;
  index: number;
  salt: string;
  proof: string[];
}

interface Attempt {
  candidates?: Opened[]; // as many as are disclosed
  intent: Entry;
  outcome: Entry | null;
  stated?: Entry[]; // what the decision went by, as the log has it; without salt
}

export interface Receipt {
  version: number;
  request: string;
  attempts: Attempt[];
  promise: string;
  checkpoint: string; // empty: the entries are promised only
  cose?: string; // the log's signature of the checkpoint's root for tools of COSE
}

export interface Candidate {
  deployment: string;
  verdict: 'allowed' | 'rejected';
  rule: string;
  reason?: string;
  rank?: number; // in which order those who may take it are asked
  tried?: 'failed' | 'refused' | 'slow'; // it was asked before
  why?: string;
  facts?: string; // hash of the facts that it was judged by
  terms?: string;
  grounds?: string;
}

/** What a receipt that holds says. */
export interface Checked {
  standing: 'included' | 'promised';
  entries: number; // of the log, under the signed checkpoint
  at: string; // when the answering attempt was sent
  deployment: string;
  candidates: Candidate[];
  joules: number | undefined; // that computing it took here, where that was measured
}

/** What does not fit: a key of the page's texts. */
export class Doubt extends Error {
  readonly what: 'key' | 'signature' | 'record' | 'log' | 'answer' | 'form';
  constructor(what: Doubt['what']) {
    super(what);
    this.what = what;
  }
}

const utf8 = new TextEncoder();

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** RFC 8785, for what records hold: its order of members is that of JavaScript's strings. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const object = value as Record<string, unknown>;
  const members = Object.keys(object).sort((a, b) => (a < b ? -1 : 1));
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(object[name])}`).join(',')}}`;
}

const leafHash = (entry: string) => sha256(join(Uint8Array.of(0), utf8.encode(entry)));
const nodeHash = (left: Uint8Array, right: Uint8Array) => sha256(join(Uint8Array.of(1), left, right));

/** RFC 9162, section 2.1.3.2. */
export function isIncluded(leaf: Uint8Array, index: number, size: number, proof: Uint8Array[], root: Uint8Array): boolean {
  if (index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const beside of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(beside, hash);
      while (node % 2 === 0 && node !== 0) {
        node = Math.floor(node / 2);
        last = Math.floor(last / 2);
      }
    } else {
      hash = nodeHash(hash, beside);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && same(hash, root);
}

/** The text of a signed note (C2SP signed-note), when this key signed it. */
export function openNote(note: string, key: string): string {
  const { name, raw, id } = readKey(key);
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2).split('\n')) {
    const [dash, who, signed] = line.split(' ');
    if (dash !== '—' || who !== name || signed === undefined) continue;
    const bytes = fromBase64(signed);
    if (!same(bytes.subarray(0, 4), id)) continue;
    if (isSigned(bytes.subarray(4), utf8.encode(text), raw)) return text;
  }
  throw new Doubt('signature');
}

// A public key as notes have it: `raw` begins with the byte for its kind; signatures name it by `id`.
function readKey(key: string): { name: string; raw: Uint8Array; id: Uint8Array } {
  const [name, hash, ...rest] = key.trim().split('+');
  if (!name || !hash || rest.length === 0) throw new Doubt('key');
  const raw = fromBase64(rest.join('+'));
  return { name, raw, id: sha256(join(utf8.encode(`${name}\n`), raw)).subarray(0, 4) };
}

const isSigned = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) =>
  signature.length === 64 && verifyEd25519(signature, message, key.subarray(1));

function checkCose(signature: string, root: Uint8Array, key: string) {
  const { name, raw, id } = readKey(key);
  if (!isSigned(fromBase64(signature), signedForCose(name, id, root), raw)) throw new Doubt('signature');
}

function checkRecord({ entry, record, salt }: Entry) {
  const committed = sha256(join(fromBase64(salt), utf8.encode(canonical(record))));
  if (toBase64(committed) !== entry.record || record.attempt !== entry.attempt) throw new Doubt('record');
}

interface Decision {
  policies?: string;
  candidates: Candidate[] | { count: number; root: string }; // records had them in clear at first
}

// The candidates that the receipt discloses, each of them under the root that the record has. Those who may take the
// work come first, in the order in which they are asked.
function candidatesOf({ intent, candidates }: Attempt): Candidate[] {
  const all = (intent.record.decision as Decision).candidates;
  if (Array.isArray(all)) return all;
  const root = fromBase64(all.root);
  for (const { candidate, index, salt, proof } of candidates ?? []) {
    const leaf = sha256(join(Uint8Array.of(0), fromBase64(salt), utf8.encode(canonical(candidate))));
    if (!isIncluded(leaf, index, all.count, proof.map(fromBase64), root)) throw new Doubt('record');
  }
  const rank = (one: Candidate) => one.rank ?? Infinity;
  return (candidates ?? []).map(({ candidate }) => candidate).sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

// Every text that the decision names by its hash must be there, and older than the decision.
function checkStatements(attempt: Attempt) {
  const { intent, stated } = attempt;
  const { policies } = intent.record.decision as Decision;
  const candidates = candidatesOf(attempt);
  if (policies === undefined) return; // from before there were statements
  const known = new Set<string>();
  for (const { entry, record, index } of stated ?? []) {
    const hash = toBase64(sha256(utf8.encode(canonical(record))));
    if (hash !== entry.record || index >= intent.index) throw new Doubt('record');
    known.add(`${entry.kind} ${entry.subject} ${hash}`);
  }
  const subject = (name: string) => toBase64(sha256(utf8.encode(name)));
  const cited = [`policies ${subject('')} ${policies}`];
  for (const { deployment, facts, terms } of candidates) {
    if (facts !== undefined) cited.push(`facts ${subject(deployment)} ${facts}`);
    if (terms !== undefined) cited.push(`terms ${subject(deployment)} ${terms}`);
  }
  if (!cited.every((one) => known.has(one))) throw new Doubt('record');
}

const promiseLine = ({ index, entry }: Entry) => `${index} ${toBase64(leafHash(canonical(entry)))}`;

/** Throws a Doubt when anything does not fit. `answer`: the whole text that is shown; none where it did not come to its end. */
export function checkReceipt(receipt: Receipt, key: string, answer?: string): Checked {
  const last = receipt.attempts.at(-1);
  if (receipt.version !== 1 || !last) throw new Doubt('form');
  for (const { intent, outcome } of receipt.attempts) {
    checkRecord(intent);
    if (outcome) checkRecord(outcome);
  }
  receipt.attempts.forEach(checkStatements);
  const entries = receipt.attempts.flatMap(({ intent, outcome, stated }) => [
    intent, ...(outcome ? [outcome] : []), ...(stated ?? []),
  ]);
  if (receipt.attempts.some(({ intent }) => intent.record.request !== receipt.request)) throw new Doubt('record');

  const [, , request, ...promised] = openNote(receipt.promise, key).split('\n');
  const lines = receipt.attempts.flatMap(({ intent, outcome, stated }) => [
    ...[intent, ...(outcome ? [outcome] : [])].map(promiseLine),
    ...(stated ?? []).map((one) => `stated ${promiseLine(one)}`),
  ]);
  if (request !== receipt.request || !lines.every((line, i) => promised[i] === line)) throw new Doubt('signature');

  let size = 0;
  if (receipt.checkpoint) {
    const [, count, rootText] = openNote(receipt.checkpoint, key).split('\n');
    size = Number(count);
    const root = fromBase64(rootText ?? '');
    for (const { index, entry, proof } of entries) {
      if (!isIncluded(leafHash(canonical(entry)), index, size, proof.map(fromBase64), root)) throw new Doubt('log');
    }
    if (receipt.cose !== undefined) checkCose(receipt.cose, root, key);
  }
  if (answer !== undefined) {
    const said = last.outcome?.record.answer as { text: string }[] | undefined;
    if (said?.[0]?.text !== toBase64(sha256(utf8.encode(answer)))) throw new Doubt('answer');
  }
  const energy = last.outcome?.record.energy_mj;
  return {
    standing: receipt.checkpoint ? 'included' : 'promised',
    entries: size,
    at: String(last.intent.record.at),
    deployment: String(last.intent.record.deployment),
    candidates: candidatesOf(last),
    joules: typeof energy === 'number' ? energy / 1000 : undefined,
  };
}
