import type { Mutant } from './mutant.ts';
import { alarms } from './promises/alarms.ts';
import { consent } from './promises/consent.ts';
import { content } from './promises/content.ts';
import { data } from './promises/data.ts';
import { edge } from './promises/edge.ts';
import { handover } from './promises/handover.ts';
import { hostileRules } from './promises/hostile-rules.ts';
import { input } from './promises/input.ts';
import { lanes } from './promises/lanes.ts';
import { mail } from './promises/mail.ts';
import { mailbox } from './promises/mailbox.ts';
import { measures } from './promises/measures.ts';
import { order } from './promises/order.ts';
import { ownership } from './promises/ownership.ts';
import { playbook } from './promises/playbook.ts';
import { poison } from './promises/poison.ts';
import { publishing } from './promises/publishing.ts';
import { restore } from './promises/restore.ts';
import { changedRules } from './promises/changed-rules.ts';
import { rules } from './promises/rules.ts';
import { services } from './promises/services.ts';
import { sources } from './promises/sources.ts';
import { traces } from './promises/traces.ts';
import { visible } from './promises/visible.ts';
import { wakes } from './promises/wakes.ts';

export const mutants: readonly Mutant[] = [
  ...ownership,
  ...publishing,
  ...restore,
  ...order,
  ...wakes,
  ...changedRules,
  ...rules,
  ...lanes,
  ...handover,
  ...input,
  ...alarms,
  ...services,
  ...consent,
  ...content,
  ...data,
  ...edge,
  ...hostileRules,
  ...mail,
  ...mailbox,
  ...measures,
  ...playbook,
  ...poison,
  ...sources,
  ...traces,
  ...visible,
];
