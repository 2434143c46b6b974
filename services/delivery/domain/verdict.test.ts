import { expect, test } from '@jest/globals';
import { judge, tooFast, type Verdict } from './verdict.ts';

const later = 60_000;
const table: [string, Verdict][] = [
  ['Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)', 'proxy'],
  ['YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html', 'proxy'],
  ['Mozilla/5.0', 'proxy'],
  ['Mozilla/5.0 (compatible; Barracuda Sentinel (EE))', 'bot'],
  ['Mozilla/5.0 (compatible; proofpoint URL Defense)', 'bot'],
  ['Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)', 'bot'],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36', 'bot'],
  ['python-requests/2.31.0', 'bot'],
  ['curl/8.4.0', 'bot'],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
    'human',
  ],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:124.0) Gecko/20100101 Firefox/124.0', 'human'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/123.0.0.0 Safari/537.36', 'human'],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.9.0', 'human'],
  ['something never seen', 'unknown'],
];

test.each(table)('%s is %s', (userAgent, verdict) => {
  expect(judge({ userAgent, afterMs: later })).toBe(verdict);
});

test('no user agent is unknown', () => {
  expect(judge({ userAgent: undefined, afterMs: later })).toBe('unknown');
});

test('whoever is there within seconds is a gateway, unless known as a proxy', () => {
  const [firefox, google] = [table[10]?.[0], table[0]?.[0]];
  expect(judge({ userAgent: firefox, afterMs: tooFast - 1 })).toBe('bot');
  expect(judge({ userAgent: firefox, afterMs: tooFast })).toBe('human');
  expect(judge({ userAgent: google, afterMs: 0 })).toBe('proxy');
});

test('a gateway that looks before it answers 250 is one; what is longer before was another attempt', () => {
  const firefox = table[10]?.[0];
  expect(judge({ userAgent: firefox, afterMs: 1 - tooFast })).toBe('bot');
  expect(judge({ userAgent: firefox, afterMs: -tooFast })).toBe('human');
});
