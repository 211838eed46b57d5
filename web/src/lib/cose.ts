// What the log signs of its root for tools of COSE and SCITT: the Sig_structure of RFC 9052 for a receipt of RFC 9942,
// whose payload is the root. src/audit/receipts/cose.hpp writes it; here it is written again from the specifications.

const utf8 = new TextEncoder();

// RFC 8949: a value's major type and its length, or the number itself.
function head(kind: number, n: number): number[] {
  const first = kind << 5;
  if (n < 24) return [first | n];
  return n < 256 ? [first | 24, n] : [first | 25, n >> 8, n & 255];
}

const number = (n: number) => (n < 0 ? head(1, -1 - n) : head(0, n));
const bytes = (value: Iterable<number>) => [...head(2, [...value].length), ...value];
const text = (value: string) => [...head(3, utf8.encode(value).length), ...utf8.encode(value)];
const map = (...members: number[][]) => [...head(5, members.length / 2), ...members.flat()];

// Of the registries of COSE (IANA).
const alg = 1;
const ed25519 = -19; // RFC 9864
const kid = 4;
const claims = 15;
const issuer = 1;
const structure = 395;
const rfc9162Sha256 = 1;

/** `name`, `keyId`: the log's, as a note's signature has them. */
export function signedForCose(name: string, keyId: Uint8Array, root: Uint8Array): Uint8Array {
  const header = map(
    number(alg), number(ed25519), number(kid), bytes(keyId), number(claims), map(number(issuer), text(name)), number(structure),
    number(rfc9162Sha256),
  );
  return Uint8Array.from([...head(4, 4), ...text('Signature1'), ...bytes(header), ...bytes([]), ...bytes(root)]);
}
