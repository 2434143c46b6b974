import { describe, expect, test } from '@jest/globals';
import { Membership } from './membership.ts';

const sessionMs = 6_000;

/** Fetches every 100 ms from `from` to `to`; when it was noticed first. */
function noticed(membership: Membership, from: number, to: number, beatMs = Infinity): number | undefined {
  let beaten = from;
  for (let now = from; now <= to; now += 100) {
    if (now - beaten >= beatMs) {
      membership.confirmed();
      beaten = now;
    }
    if (membership.lostBy(now)) return now;
  }
  return undefined;
}

describe('a consumer that fetches', () => {
  test('is a member as long as heartbeats are answered', () => {
    expect(noticed(new Membership(sessionMs), 0, 600_000, 1_000)).toBeUndefined();
    expect(noticed(new Membership(sessionMs), 0, 600_000, sessionMs - 100)).toBeUndefined();
  });

  test('is in no group after a whole session without a heartbeat', () => {
    expect(noticed(new Membership(sessionMs), 0, 600_000)).toBe(sessionMs + 100);
  });

  test('has the time of a session again after a process that slept has woken', () => {
    const membership = new Membership(sessionMs);
    expect(noticed(membership, 0, 900)).toBeUndefined();
    expect(noticed(membership, 3_600_000, 3_600_000 + sessionMs - 2_000)).toBeUndefined();
    expect(noticed(membership, 3_600_000 + sessionMs - 1_900, 3_700_000)).toBeDefined();
  });

  test('begins anew with a join', () => {
    const membership = new Membership(sessionMs);
    noticed(membership, 0, sessionMs);
    membership.confirmed();
    expect(noticed(membership, 20_000, 20_000 + sessionMs)).toBeUndefined();
  });
});
