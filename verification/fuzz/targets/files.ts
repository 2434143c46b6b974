import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parsePlaybook, PlaybookError } from '#playbook';
import { HistoryError, parseHistory } from '../../../services/ingestion/replay/history.ts';
import { anyJson, anyName, anyUnits } from '../inputs.ts';
import { target } from '../target.ts';

const shop = readFileSync('examples/shop/playbook.yaml', 'utf8').split('\n');
const yaml = fc.oneof(
  anyUnits,
  anyJson.map((value) => JSON.stringify(value)),
  fc.constantFrom(
    'a: &a [*a]',
    'a: &a {<<: *a}',
    '? [a]: b',
    '- ',
    '%YAML 9',
    '!!js/function x',
    '---\n---',
    '\t',
    '__proto__: 1',
  ),
);

/** A good playbook in which any line is replaced, or anything at all: it is read, or refused as a playbook with a reason. */
export const playbookFiles = target(
  'files/playbook',
  fc.property(fc.option(fc.nat(shop.length - 1)), yaml, (place, line) => {
    const text = place === null ? line : shop.with(place, line).join('\n');
    try {
      return parsePlaybook(text).name !== '';
    } catch (error) {
      return error instanceof PlaybookError && error.message !== '';
    }
  }),
);

const cell = fc.oneof(
  anyUnits,
  anyName,
  fc.constantFrom('00004', '19970101', '19970230', '1', '-1', '1e5', '29.33', 'NaN', '"a"'),
);
const row = fc.tuple(fc.array(cell, { maxLength: 6 }), fc.constantFrom(' ', ',', '\t')).map(([cells, gap]) => cells.join(gap));
const good = fc.constant('00004 1 19970101 2 29.33');

/** Any text is a history of orders with real days and numbers, or is refused as one with its line. */
export const historyFiles = target(
  'files/history',
  fc.property(fc.array(fc.oneof(row, good), { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), (rows, end) => {
    try {
      return parseHistory(rows.join(end), 'history.txt').every(
        ({ customer, day, quantity, dollars }) =>
          /^[\w.-]{1,100}$/.test(customer) && Number.isSafeInteger(day) && Number.isFinite(quantity) && Number.isFinite(dollars),
      );
    } catch (error) {
      return error instanceof HistoryError && error.message.startsWith('history.txt:');
    }
  }),
);
