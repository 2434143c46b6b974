/**
 * ISO 4217, list one ("Current currency & funds"), column "Minor unit": as published on 2024-06-25 by its maintenance agency (SIX), with what
 * amendments 176 (XCG, 2025-03-31) and 179 (XAD, 2025-05-12) add. Codes that later amendments withdraw (178: CUC, 180: BGN) stay, since
 * histories have them. Not asked of `Intl`: its digits are those of daily use (none for PKR or COP), they change between versions of Node,
 * and stored sums would change with them.
 */
const codesByDigits: readonly (readonly [digits: number | undefined, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE ' +
      'CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD ' +
      'HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU ' +
      'MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG ' +
      'SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST ' +
      'XAD XCD XCG YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
  // "N.A.": metals, units of account and codes for tests. A sum in them has no minor unit to be counted in.
  [undefined, 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'],
];

const digits: ReadonlyMap<string, number | undefined> = new Map(
  codesByDigits.flatMap(([count, codes]) => codes.split(' ').map((code) => [code, count] as const)),
);

/** How many decimals a currency's minor unit has: 2 for EUR, 0 for JPY, 3 for KWD. Undefined for what is no currency, or has no minor unit (XAU). */
export const minorDigits = (currency: string): number | undefined => digits.get(currency);

/** Whether it is a code of the list, in capitals; metals and units of account are. */
export const isCurrency = (code: string): boolean => digits.has(code);

/** Every code of the list, also those without a minor unit. */
export const currencyCodes: readonly string[] = [...digits.keys()].sort();
