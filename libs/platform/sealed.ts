import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { subkey, type KeyRing, type RingKey } from './key-ring.ts';

const version = 2;
const nonceBytes = 12;
const tagBytes = 16;

/**
 * Encrypts with a ring's current key, AES-256-GCM: version, key id, nonce, ciphertext, tag. The nonce is an HMAC of the text, so that the
 * same text gives the same bytes (a mail that is made again is the same mail) and no nonce meets two texts.
 */
export function seal(ring: KeyRing, text: Buffer): Buffer {
  const { current } = ring;
  const head = Buffer.concat([Buffer.from([version, current.id.length]), Buffer.from(current.id, 'latin1')]);
  const nonce = nonceOf(current, head, text);
  const cipher = createCipheriv('aes-256-gcm', subkey(current, 'encrypt'), nonce, { authTagLength: tagBytes });
  cipher.setAAD(head);
  return Buffer.concat([head, nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
}

/** Why something sealed cannot be read. */
export type Unsealable = 'malformed' | 'unknown_key' | 'forged';

/** What was sealed, or why it cannot be read. Never throws. */
export function unseal(ring: KeyRing, sealed: Buffer): Buffer | Unsealable {
  const idLength = sealed[1] ?? 0;
  const headBytes = 2 + idLength;
  if (sealed[0] !== version || idLength === 0 || sealed.length < headBytes + nonceBytes + tagBytes) return 'malformed';
  const head = sealed.subarray(0, headBytes);
  const key = ring.find(head.toString('latin1', 2));
  if (key === undefined) return 'unknown_key';
  const nonce = sealed.subarray(headBytes, headBytes + nonceBytes);
  const decipher = createDecipheriv('aes-256-gcm', subkey(key, 'encrypt'), nonce, { authTagLength: tagBytes });
  decipher.setAAD(head);
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  const text = decipher.update(sealed.subarray(headBytes + nonceBytes, -tagBytes));
  try {
    decipher.final();
  } catch {
    // Node tells an altered tag by throwing.
    return 'forged';
  }
  return timingSafeEqual(nonce, nonceOf(key, head, text)) ? text : 'forged';
}

const nonceOf = (key: RingKey, head: Buffer, text: Buffer): Buffer =>
  createHmac('sha256', subkey(key, 'nonce')).update(head).update(text).digest().subarray(0, nonceBytes);
