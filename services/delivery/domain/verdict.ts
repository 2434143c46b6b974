/** Who made a hit. KPIs count `human`; the others stay visible. */
export type Verdict = 'human' | 'proxy' | 'bot' | 'unknown';

/** Sooner than this after a server took it nobody has read a mail: it is a gateway that follows every link, some before they answer 250. Milliseconds. */
export const tooFast = 10_000;

const agents: readonly (readonly [Verdict, RegExp])[] = [
  ['proxy', /GoogleImageProxy|ggpht\.com/i],
  ['proxy', /YahooMailProxy|YahooCacheSystem/i],
  [
    'bot',
    /Barracuda|Proofpoint|Mimecast|FireEye|Trend ?Micro|Sophos|Symantec|MessageLabs|IronPort|Cloudmark|urldefense|BitDefender|ZScaler|Forcepoint/i,
  ],
  ['bot', /SafeLinks|Microsoft Office\/16.*\(Windows NT.*; MSOffice\)|BingPreview|MicrosoftPreview/i],
  ['bot', /\b(bot|crawler|spider|scanner|preview|monitoring)\b|(bot|crawler|spider|preview)[/;)]/i],
  ['bot', /^(curl|wget|python|go-http-client|java|okhttp|axios|node|undici|libwww|ruby|php|apache-httpclient|headlesschrome)/i],
  ['bot', /HeadlessChrome|PhantomJS|Selenium/i],
  // Apple's Mail Privacy Protection fetches through a relay that says only this much.
  ['proxy', /^Mozilla\/5\.0$/],
  ['human', /^Mozilla\/5\.0 .*(Chrome|Safari|Firefox|Gecko|AppleWebKit|Trident)|Thunderbird|Outlook|^Opera/i],
];

/** Judges a hit by its user agent and by how soon it came after a server took the mail (`afterMs`). The raw hit stays on its topic, so a better judge can judge again. */
export function judge(hit: { readonly userAgent: string | undefined; readonly afterMs: number }): Verdict {
  const known = hit.userAgent === undefined ? undefined : agents.find(([, pattern]) => pattern.test(hit.userAgent ?? ''))?.[0];
  if (known === 'bot' || known === 'proxy') return known;
  if (Math.abs(hit.afterMs) < tooFast) return 'bot';
  return known ?? 'unknown';
}
