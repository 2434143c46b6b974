import type { Mutant } from '../mutant.ts';

/** Promises about mail: what it says, to whom, and how a server's answer is taken. */
export const mail: readonly Mutant[] = [
  {
    promise: 'an address has no control, format or blank characters before its @',
    file: 'libs/facts/address.ts',
    find: 'unsayable.test(local) || ',
    replace: '',
    test: 'libs/facts/address.test.ts',
  },
  {
    promise: 'a domain is written in A-labels',
    file: 'libs/facts/address.ts',
    find: 'const domain = toASCII(clean.slice(at + 1), strict)?.toLowerCase();',
    replace: 'const domain = clean.slice(at + 1).toLowerCase();',
    test: 'libs/facts/address.test.ts',
  },
  {
    promise: 'a mailbox has one key in any letter case',
    file: 'libs/facts/address.ts',
    find: 'local.toLowerCase().normalize',
    replace: 'local.normalize',
    test: 'libs/facts/address.test.ts',
  },
  {
    promise: 'a refused address is counted once',
    file: 'services/ingestion/profile.processor.ts',
    find: "if (before?.traits['email'] === traits['email']) return {};",
    replace: '',
    test: 'services/ingestion/profile.test.ts',
  },
  {
    promise: 'a look-alike of an encoded word in a subject is not decoded',
    file: 'services/delivery/mime/message.ts',
    find: '|=\\?|',
    replace: '|',
    test: 'services/delivery/mime/message.test.ts',
  },
  {
    promise: 'no header line is longer than 998 bytes',
    file: 'services/delivery/mime/message.ts',
    find: '|\\S{61}',
    replace: '',
    test: 'services/delivery/mime/message.test.ts',
  },
  {
    promise: 'no body can end its part',
    file: 'services/delivery/mime/message.ts',
    find: "wrap(encode(wellFormed(content).replace(/\\r\\n?|\\n/g, '\\r\\n')))",
    replace: "wellFormed(content).replace(/\\r\\n?|\\n/g, '\\r\\n')",
    test: 'services/delivery/mime/message.test.ts',
  },
  {
    promise: 'one-click unsubscription is offered by https links only',
    file: 'services/delivery/compose.ts',
    find: "...(url.startsWith('https://') ?",
    replace: "...(url !== '' ?",
    test: 'services/delivery/compose.test.ts',
  },
  {
    promise: 'a password demands TLS',
    file: 'services/delivery/smtp/smtp-url.ts',
    find: "(settings.tls === 'required' || (auth !== undefined && settings.tls !== 'off'))",
    replace: "settings.tls === 'required'",
    test: 'services/delivery/smtp/smtp-url.test.ts',
  },
  {
    promise: 'links in plain http are refused at boot',
    file: 'services/delivery/environment.ts',
    find: "if (url.protocol === 'http:' &&",
    replace: "if (url.protocol === 'ftp:' &&",
    test: 'services/delivery/environment.test.ts',
  },
];
