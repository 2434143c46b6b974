import { v5 as uuidv5 } from 'uuid';

/** Namespace of every id that Hito derives (RFC 9562, version 5). */
export const namespace = '6f2b6c1e-0d0c-5b7e-9a3d-2f1f7b6a9c51';

/** A person's id from the id that the platform knows them by. */
export const personId = (userId: string): string => uuidv5(userId, namespace);

/** A call's id: message ids are unique per source. */
export const callId = (source: string, messageId: string): string => uuidv5(`${source}/${messageId}`, namespace);
