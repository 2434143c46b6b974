import { z } from 'zod';
import { playbook } from './schema.ts';

/** The JSON Schema (draft 7) of a playbook file, for editors: what may be written, defaults left out included. */
export const playbookJsonSchema = (): object => z.toJSONSchema(playbook, { target: 'draft-7', io: 'input' });
