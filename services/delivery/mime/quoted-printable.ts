const longestLine = 76;

/** RFC 2045: the text's UTF-8, lines ended by CRLF and none longer than 76. A stream of transforms does the same for ten times the price. */
export function quotedPrintable(text: string): string {
  const bytes = Buffer.from(text.replace(/\r\n?/g, '\n'), 'utf8').toString('latin1');
  const encoded = bytes.replace(/[^\t\n -<>-~]|[\t ](?=\n|$)/g, code);
  return encoded
    .split('\n')
    .map((line) => (line.length <= longestLine ? line : wrapped(line)))
    .join('\r\n');
}

const code = (sign: string): string => `=${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

function wrapped(line: string): string {
  let out = '';
  let from = 0;
  while (line.length - from > longestLine) {
    let to = from + longestLine - 1;
    // Not in the middle of a code.
    if (line[to - 1] === '=') to -= 1;
    else if (line[to - 2] === '=') to -= 2;
    out += `${line.slice(from, to)}=\r\n`;
    from = to;
  }
  return out + line.slice(from);
}
