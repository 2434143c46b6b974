import type { Counter } from 'prom-client';
import { personId, type collected, type DataOf } from '#contracts';
import type { Logger } from '#stream';
import type { SharedIds } from '../domain/shared-ids.ts';

/** Counts and logs user ids that many people seem to share, so that an operator can add them to `ids.nobody`. */
export class SharedIdReport {
  constructor(
    private readonly shared: SharedIds,
    private readonly counter: Pick<Counter<'source' | 'what'>, 'inc'>,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Looks at an accepted call. An id with an @ may be an address: the log has its person's hash only. */
  look({ source, user_id, anonymous_id, traits, at }: DataOf<typeof collected>): void {
    if (user_id === undefined) return;
    const address = traits?.['email'];
    for (const what of this.shared.note(
      user_id,
      anonymous_id,
      typeof address === 'string' ? address : undefined,
      Date.parse(at),
    )) {
      this.counter.inc({ source, what });
      this.logger.warn(
        { source, what, person_id: personId(user_id), ...(user_id.includes('@') ? {} : { user_id }) },
        'A user id was seen with too many others today: if it stands for nobody, add it to ids.nobody of the playbook',
      );
    }
  }
}
