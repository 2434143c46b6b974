import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { clientAddress, networkOf } from '#platform';
import { anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const told = fc.oneof(
  anyUnits,
  fc.ipV4(),
  fc.ipV6(),
  fc.tuple(fc.ipV6(), anyUnits).map(([address, zone]) => `[${address}%${zone}]:80`),
  fc.ipV4().map((address) => `::ffff:${address}:1`),
);

/** Whatever a proxy passes on, a client is an IP address or nobody, and its share of a limit has a short name. */
export const clients = target(
  'platform/clients',
  fc.property(told, fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined }), (ip, remoteAddress) => {
    const address = clientAddress({ ip, socket: { remoteAddress } } as unknown as IncomingMessage);
    return (address === '' || isIP(address) !== 0) && networkOf(address).length <= 39;
  }),
);
