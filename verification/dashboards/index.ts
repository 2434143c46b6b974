import { business } from './business.ts';
import { delivery } from './delivery.ts';
import { onCall } from './on-call.ts';
import { pipeline } from './pipeline.ts';
import type { DashboardSpec } from './model.ts';

/** All dashboards. To add one: a file here, and its line. */
export const dashboards: readonly DashboardSpec[] = [onCall, pipeline, delivery, business];
