import { stream, type Mutant } from '../mutant.ts';

const test = stream('task/hand-over.test.ts');
const name = 'merged people are one';
const file = stream('model/mergeable.ts');

/** People who turn out to be one. */
export const handover: readonly Mutant[] = [
  {
    promise: 'a person who is given up hands over their state',
    file,
    find: 'if (row.own !== undefined) send(chief, { state: handOver(row.own) });',
    replace: '',
    test,
    name,
  },
  {
    promise: 'a state that comes to one who does not go on is handed on',
    file,
    find: 'if (data.state !== undefined) send(chief, { state: data.state });',
    replace: '',
    test,
    name,
  },
  {
    promise: 'a record of one who was given up goes to the survivor',
    file,
    find: 'if (data.record !== undefined) send(chief, { record: data.record });',
    replace: '',
    test,
    name,
  },
  {
    promise: 'everybody whom a merge names hears of it',
    file,
    find: 'if (person !== key) send(person, {});',
    replace: 'if (person === key) send(person, {});',
    test,
    name,
  },
  {
    promise: 'who has given their state away keeps none',
    file,
    find: 'return { state: rowOf(row, undefined, merges), emit };',
    replace: 'return { state: rowOf(row, row.own, merges), emit };',
    test,
    name,
  },
  {
    promise: 'the survivor depends on nothing but the merges',
    file: stream('model/merge-edges.ts'),
    find: '[...seen].every((one) => reached.get(one)?.has(person) === true)',
    replace: 'seen.size === 1',
    test,
    name: 'smallest key of a circle',
  },
];
