import type { Step } from '../step.ts';
import { deaths } from './deaths.ts';
import { install } from './install.ts';
import { load } from './load.ts';
import { raised } from './raised.ts';
import { rollback } from './rollback.ts';
import { rolls } from './rolls.ts';
import { servers } from './servers.ts';
import { uninstall } from './uninstall.ts';
import { upgrade } from './upgrade.ts';

/** The story of `npm run verify:k8s`, in its order. */
export const steps: readonly Step[] = [install, load, rolls, upgrade, deaths, servers, rollback, raised, uninstall];
