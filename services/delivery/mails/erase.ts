import { sealedKey } from '#facts';

/** In an update of `mail m`: the variables, without any where they hold a secret. For a mail that has ended: nobody makes it any more. */
export const variablesOfEnded = `case when m.variables::text like '%"${sealedKey}"%' then '{}'::jsonb else m.variables end`;
