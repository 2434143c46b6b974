import { z } from 'zod';
import type { ClientCredentials } from '../model/runtime.types.ts';

const answer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number().positive().optional() });

/** A token is renewed so long before its end, as a share of its life. */
const margin = 0.2;
/** Of a token whose answer names no end, s. */
const unnamedLife = 60;

/**
 * Gets access tokens by client credentials (RFC 6749, 4.4) and keeps each for four fifths of its life. Connections that ask at once
 * share one request. Rejects with the server's error code; nothing of secret or token is in the message.
 */
export function bearer(
  { tokenUrl, clientId, clientSecret, scope }: ClientCredentials,
  now: () => number = Date.now,
): () => Promise<{ value: string }> {
  let kept: { readonly value: string; readonly until: number } | undefined;
  let asking: Promise<{ value: string }> | undefined;
  const ask = async (): Promise<{ value: string }> => {
    const started = now();
    const response = await fetch(tokenUrl, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(10_000),
      headers: {
        accept: 'application/json',
        authorization: `Basic ${Buffer.from(`${form(clientId)}:${form(clientSecret)}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) }),
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) throw new Error(`${tokenUrl} gives no token: HTTP ${response.status} ${errorIn(body)}`);
    const read = answer.safeParse(body);
    if (!read.success) throw new Error(`${tokenUrl} gives no token: its answer has no access_token`);
    const { access_token: value, expires_in: seconds = unnamedLife } = read.data;
    kept = { value, until: started + seconds * 1_000 * (1 - margin) };
    return { value };
  };
  return () => {
    if (kept !== undefined && now() < kept.until) return Promise.resolve({ value: kept.value });
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    return asking;
  };
}

/** RFC 6749, 2.3.1: id and secret are form-encoded before they are put together. */
const form = (text: string): string => new URLSearchParams({ _: text }).toString().slice(2);

/** The code of RFC 6749, 5.2; its description may repeat what was sent. */
const errorIn = (body: unknown): string => z.object({ error: z.string().regex(/^\w{1,60}$/) }).safeParse(body).data?.error ?? '';
