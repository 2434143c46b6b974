/** What stands between the signs of a placeholder: the name of a field that holds a person's name, alone or behind a dot. */
const field =
  '(?:[\\p{L}\\d]+[.:])*(?:(?:(?:your|my|the|customer|contact|recipient|subscriber|member|user|lead)[ _.:-]?)*' +
  '(?:first|last|full|sur|given|family|middle|nick|display|user|f|l|fore)[ _-]?name|(?:your|my|contact|recipient|customer)[ _-]?name|name' +
  '|nombre|apellidos?|vorname|nachname|pr[eé]nom|cognome)(?:[ _-]?(?:here|fix|placeholder|\\d))?';

/**
 * Placeholders that a template language fills in, as they look where nobody did. Sources: the documentation of Liquid, Jinja, Handlebars,
 * Mustache, Go, Velocity, FreeMarker, ERB, EJS, PHP, Smarty, Razor, Pug, printf, Python, Ruby, Swift; merge tags of Mailchimp (`*|FNAME|*`),
 * Marketo, Pardot and Salesforce (`%%name%%`, `{!Contact.Name}`), ActiveCampaign and Mailgun (`%NAME%`), Mailjet (`[[data:name]]`),
 * SendGrid (`[%name%]`, `-name-`), Campaign Monitor (`[firstname,fallback=]`), Keap (`~Contact.Name~`), Zoho (`$[NAME]$`).
 */
const placeholders: readonly RegExp[] = [
  // Braces of any kind: no name holds them, and nearly all languages do.
  /[{}]/,
  /<[^<>]*[\p{L}?%$#/][^<>]*>/u,
  /\*\||\|\*/,
  /\[\[|\]\]|\[%|%\]|\$\[|^\s*\[[^\]]*\]\s*$/,
  /\[(?:object|function|class|native code)\b/i,
  /%(?=\S)[\p{L}\d_.: -]*(?<=\S)%/u,
  /(?<!\S)%(?:\d+\$)?[sdvui@](?!\S)|%\(\w+\)[sd]|%!\w\(/,
  /\\\(|=>|\bfunction\s*\(|\b0x[\da-f]{4,}\b/i,
  // What a spreadsheet shows for an error: #N/A, #NAME?, #DIV/0!
  /(?<!\S)#(?:N\/A|[A-Z]+[?!]|DIV\/0!)/,
  new RegExp(`(?<![\\p{L}\\p{N}])[$@#:~_[(<|-]+!?\\s*${field}(?![\\p{L}\\p{N}])`, 'iu'),
  new RegExp(`^[^\\p{L}\\p{N}]*${field}(?:[\\s,/]+${field})*[^\\p{L}\\p{N}]*$`, 'iu'),
];

/** Whether a person's name holds a placeholder that nobody filled in, or is the name of its own field. */
export const hasPlaceholder = (name: string): boolean => {
  const plain = name.normalize('NFKC');
  return placeholders.some((placeholder) => placeholder.test(plain));
};

/** What programs print for an object, for no value, or for a template that nobody filled in; of a whole text in lower case. */
export const printedByPrograms =
  /^(?:(?:\[object [^\]]*\][\s,]*)+|(?:undefined|null)(?:[\s,;:|._/-]+(?:undefined|null))+|\[function[^\]]*\]|\{\{.*\}\}|\{%.*%\}|\$\{.*\}|<%.*%>|%[a-z_ ]+%|\*\|.*\|\*)$/s;

const noValues: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  'nan',
  '(null)',
  '<null>',
  '<nil>',
  '<no value>',
  '%!s(<nil>)',
]);

/** Whether a text is what programs print where there is no value. `NaN` and `null` count in their own spelling only: both are also words. */
export function saysNoValue(text: string): boolean {
  const plain = text.length > 200 ? '' : text.trim();
  const lower = plain.toLowerCase();
  if (plain === 'Null' || (lower === 'nan' && plain !== 'NaN')) return false;
  return noValues.has(lower) || printedByPrograms.test(lower);
}
