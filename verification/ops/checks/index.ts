import type { Check } from '../check.ts';
import { shellScripts } from './shell-scripts.ts';

/** All checks of `npm run check:ops`. To add one: a file here, and its line. */
export const checks: readonly Check[] = [shellScripts];
