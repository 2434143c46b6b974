const ownFilters = 'number, money, plural, date, days_since, link';
const tags = 'if, unless, case, for, assign, capture and comment';

/** Liquid's own words for what it cannot read, and what to do about it. */
const hints: readonly (readonly [RegExp, (...parts: string[]) => string])[] = [
  [/^tag (\{%-?\s*(\w+).*%\}) not closed$/s, (_, tag, name) => `${tag} is not closed. Write {% end${name} %} where it ends.`],
  [
    /^tag "(end\w*|else|elsif|elseif|when)" not found$/,
    (_, name) =>
      `{% ${name} %} does not fit what is open here. An {% if … %} ends with {% endif %}, a {% for … %} with {% endfor %}.`,
  ],
  [/^tag "([^"]*)" not found$/, (_, name) => `there is no {% ${name} %}. There are: ${tags}.`],
  [
    /^undefined filter: (.*)$/s,
    (_, name) => `there is no filter ${name}. There are ${ownFilters} and those of Liquid (append, upcase, default …).`,
  ],
  [/^output ("?.*"?) not closed$/s, (_, part) => `${part} is not closed. Write }} where it ends.`],
  [
    /^(expected .*|unexpected .*|invalid .*)$/s,
    (_, said) =>
      `Liquid cannot read this: ${said}. A value is {{ name }} or {{ value | number }}, a condition {% if name == 'Ana' and value > 1 %}, a text stands in straight quotes.`,
  ],
];

/** An error of Liquid's parser: the one-based line of its source, and what is wrong with what to do. */
export function liquidError(error: unknown): { readonly line: number | undefined; readonly message: string } {
  const whole = error instanceof Error ? error.message : String(error);
  const [, words = whole, line] = /^(.*?)(?:, file:[^,]*)?(?:, line:(\d+), col:\d+)?$/s.exec(whole) ?? [];
  for (const [pattern, say] of hints) {
    const found = pattern.exec(words);
    if (found !== null) return { line: line === undefined ? undefined : Number(line), message: say(...found) };
  }
  return { line: line === undefined ? undefined : Number(line), message: words };
}
