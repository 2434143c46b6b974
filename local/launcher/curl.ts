/** A line to be pasted into a shell: makes a person known and asks for a password reset, whose mail is sent at once. */
export function curlLine(ingestionUrl: string, writeKey: string): string {
  const batch = [
    { type: 'identify', userId: 'you', traits: { email: 'you@example.com', locale: 'en', timezone: 'Europe/Madrid' } },
    {
      type: 'track',
      userId: 'you',
      event: 'Password Reset Requested',
      properties: { reset_url: 'https://shop.example/reset/abc123' },
    },
  ];
  return `curl -sS -u '${writeKey}:' -H 'content-type: application/json' ${ingestionUrl}/v1/batch -d '${JSON.stringify({ batch })}'`;
}
