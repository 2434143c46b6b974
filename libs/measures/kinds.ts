import { count } from './kinds/count.ts';
import { distinct } from './kinds/distinct.ts';
import { first, last } from './kinds/edge.ts';
import { max, min } from './kinds/extreme.ts';
import { habit } from './kinds/habit.ts';
import { points } from './kinds/points.ts';
import { streak } from './kinds/streak.ts';
import { sum } from './kinds/sum.ts';

/** Every kind of number, by the key that names it in the playbook. To add one: its file, its line here, its answer in `testing/naive.ts`. */
export const kinds = { count, sum, max, min, first, last, distinct, streak, habit, points } as const;
