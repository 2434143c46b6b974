import { run } from '#platform';
import { TemplateError } from './content/index.ts';
import { deliveryOver } from './delivery.processor.ts';
import { deliveryVariables, stopWithinMs } from './environment.ts';
import { hashOf } from './mails/hash-of.ts';
import { CreateDelivery1780000000000 } from './migrations/1780000000000-create-delivery.ts';
import { AddRecoveredMail1790000000002 } from './migrations/1790000000002-add-recovered-mail.ts';
import { AddOtherNames1790000000005 } from './migrations/1790000000005-add-other-names.ts';
import { FindOtherNames1790000000006 } from './migrations/1790000000006-find-other-names.ts';
import { rulesOf } from './rules.ts';
import { sender } from './sender.worker.ts';
import { senderOptions } from './sender-options.ts';
import { tracking, trackingRoutes } from './tracking/index.ts';

await run({
  service: 'delivery',
  env: deliveryVariables,
  processors: (playbook, env) => [
    {
      processor: deliveryOver(hashOf(env)),
      rules: rulesOf(playbook),
      rulesVersion: playbook.version,
    },
  ],
  workers: (context) => {
    const options = senderOptions(context);
    // A template that cannot be used ends the process, as a wrong playbook does: told without a stack, unlike a bug.
    options.catch((error: unknown) => {
      process.stderr.write(`${error instanceof TemplateError ? error.message : String((error as Error).stack)}\n`);
      process.exit(1);
    });
    return [sender(options)];
  },
  migrations: [
    CreateDelivery1780000000000,
    AddRecoveredMail1790000000002,
    AddOtherNames1790000000005,
    FindOtherNames1790000000006,
  ],
  routes: trackingRoutes,
  module: tracking,
  stopWithinMs,
});
