import { derivedId } from './derived-id.ts';

/** Namespace of every id that Hito derives (RFC 9562, version 5). */
export const namespace = '6f2b6c1e-0d0c-5b7e-9a3d-2f1f7b6a9c51';

/** A person's id from the id that the platform knows them by. */
export const personId = (userId: string): string => derivedId(userId, namespace);

/** A call's id: message ids are unique per source. */
export const callId = (source: string, messageId: string): string => derivedId(`${source}/${messageId}`, namespace);
