import type { Step } from '../step.ts';
import { failover } from './failover.ts';
import { recreated } from './recreated.ts';
import { restore } from './restore.ts';

export const steps: readonly Step[] = [restore, recreated, failover];
