import { describe, expect, test } from '@jest/globals';
import { HistoryError, parseHistory } from './history.ts';

const brief = (text: string) =>
  parseHistory(text, 'f.txt').map((o) => [o.line, o.customer, new Date(o.day).toISOString().slice(0, 10), o.quantity, o.dollars]);
const both = [
  [1, '00004', '1997-01-01', 2, 29.33],
  [2, '00004', '1997-01-18', 2, 29.73],
];
const afterHeader = both.map(([line, ...order]) => [Number(line) + 1, ...order]);

describe('forms of a history', () => {
  test.each([
    ['5 columns, white space, CRLF', ' 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n', both],
    ['4 columns', '00004 19970101 2 29.33\n00004 19970118 2 29.73', both],
    ['tabs and a header', 'id\tdate\tcds\tdollars\n00004\t19970101\t2\t29.33\n00004\t19970118\t2\t29.73\n', afterHeader],
    [
      'commas, quotes and a header',
      'ID,SID,DATE,N,USD\n"00004","1",19970101,2,29.33\n"00004","1",19970118,2,29.73\n',
      afterHeader,
    ],
    [
      'blank lines',
      '\n00004 19970101 2 29.33\n\n00004 19970118 2 29.73\n',
      [
        [2, ...(both[0]?.slice(1) ?? [])],
        [4, ...(both[1]?.slice(1) ?? [])],
      ],
    ],
    [
      'any order of lines',
      '00004 19970118 2 29.73\n00004 19970101 2 29.33\n',
      [
        [2, ...(both[0]?.slice(1) ?? [])],
        [1, ...(both[1]?.slice(1) ?? [])],
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(brief(text)).toEqual(expected);
  });
});

test.each([
  ['', /^f\.txt: has no order/],
  ['id date n usd\n', /^f\.txt: has no order/],
  ['00004 19970101 2\n', /^f\.txt:1: has 3 columns; expected customer id/],
  ['00004 19970101 2 29.33\n00004 0001 19970118 2 29.73', /^f\.txt:2: has 5 columns where the lines before have 4/],
  ['00004 19970231 2 29.33', /^f\.txt:1: "19970231" is no date/],
  ['00004 19970101 two 29.33', /^f\.txt:1: "two" is no quantity/],
  ['00004 19970101 2 29,33', /^f\.txt:1: has 2 columns/],
  ['00004 19970101 2 $29', /^f\.txt:1: "\$29" is no amount/],
  ['a@b 19970101 2 29.33', /^f\.txt:1: "a@b" is no customer id/],
  ['id date n usd\nid date n usd\n', /^f\.txt:2: "date" is no date/],
])('%j cannot be replayed', (text, message) => {
  expect(() => parseHistory(text, 'f.txt')).toThrow(HistoryError);
  expect(() => parseHistory(text, 'f.txt')).toThrow(message);
});
