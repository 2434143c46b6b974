import { createHash } from 'node:crypto';

/** Bytes of the JSON of a digest, with its quotes. */
export const digestBytes = 10;

/**
 * 48 bits of a text's SHA-256 in base64url: eight characters, whatever the text. Two of the hundred values that are told apart by it are one by
 * chance in one of 50 thousand million cases.
 */
export const digest = (text: string): string => createHash('sha256').update(text).digest().subarray(0, 6).toString('base64url');
