export { parseAddress, type Address, type AddressProblem, type NoAddress } from './address.ts';
export { amountOf, numberOf, type Amount, type UnreadableAmount } from './amount.ts';
export { firstDayOf, isMissingDay, isoDay, localDay, periodOf, startOfDay, startOfPeriod, type Period } from './calendar.ts';
export {
  categoryPolicies,
  everyMail,
  mailRefusal,
  mayTrack,
  mergeConsents,
  newlyWithdrawn,
  tracking,
  undeclared,
  type CategoryPolicies,
  type CategoryPolicy,
  type Consent,
  type ConsentMode,
  type Consents,
} from './consent.ts';
export { consentsOf, hear, renamed, type Ledger, type Statement } from './consent-ledger.ts';
export { consentName, isMap, isPlainNo, saidBy } from './consent-words.ts';
export { minorDigits } from './currency.ts';
export { own } from './dictionary.ts';
export { hiddenIn, isNobody, nobodyWord } from './ids.ts';
export { anyHost, hostOf, isLinkHost, linkHost } from './link-host.ts';
export {
  claimedInstant,
  futureToleranceMs,
  isoInstant,
  momentOf,
  momentSources,
  type ClaimedTimes,
  type Moment,
  type MomentSource,
} from './moment.ts';
export { countedUnits, inCurrency, minorUnits } from './money.ts';
export { nameOf, nameUnreadable, readName } from './name.ts';
export { saysNoValue } from './placeholder.ts';
export { cut, hasVisible, inOrder, oneLine, shown, wellFormed } from './text.ts';
export { zoneOf } from './zone.ts';
export { rounded, roundedNumbers } from './rounded.ts';
export { hidden, hideSecrets, withoutSecretText } from './hide-secrets.ts';
export { withoutPersonal } from './hide-personal.ts';
export { isSecret, replaceSecrets, sealedKey, sealedText } from './secret.ts';
