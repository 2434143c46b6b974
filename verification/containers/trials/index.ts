import type { Trial } from '../trial.ts';
import { deaths } from './deaths.ts';
import { picture } from './picture.ts';
import { deadlyReplay, replay } from './replay.ts';
import { stops } from './stops.ts';

/** All trials of `npm run verify:containers`, in their order: `stops` and `deaths` go on with what `picture` has started. */
export const trials: readonly Trial[] = [replay, deadlyReplay, picture, stops, deaths];
