import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chart, goldenOf, render, renderSize, sizes } from '../../chart/render.ts';
import { helm4 } from '../../tools.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

const values = (size: string): string => `${chart}/values/${size}.yaml`;

/** Values that the chart must refuse, on top of the small ones, and what it says. */
const refused: readonly (readonly [given: readonly string[], says: RegExp])[] = [
  [['--set', 'kafka.brokrs=x'], /additional properties 'brokrs' not allowed/],
  [['--set', 'settings.HITO_NO_SUCH=x'], /additional properties 'HITO_NO_SUCH' not allowed/],
  [['--set', 'settings.HITO_SIGNING_KEY=text'], /additional properties 'HITO_SIGNING_KEY' not allowed/],
  [['--set', 'services.scoring.settings.HITO_MAIL_FROM=x'], /additional properties 'HITO_MAIL_FROM' not allowed/],
  [['--set', 'global.env.HITO_TRACES_URL=x'], /reads nothing of `global` \(env\)/],
  [['--set', 'services.sendmail.replicas=1'], /additional properties 'sendmail' not allowed/],
  [['--set', 'defaults.autoscaling.kind=both'], /must be one of 'none', 'hpa', 'keda'/],
  [['--set', 'partitions=0'], /minimum: got 0, want 1/],
  [['--set', 'postgres.sslmode=prefer'], /postgres\/sslmode/],
  [['--set', 'kafka.sasl.mechanism=gssapi'], /kafka\/sasl\/mechanism/],
  [['--set', 'image.digest=latest'], /image\/digest/],
  [['--set', 'kafka.brokers=null'], /kafka.brokers is missing/],
  [['--set', 'postgres.urls.secret='], /postgres.urls.secret is missing/],
  [['--set', 'playbook.configMap=also'], /exactly one of playbook.inline/],
  [['--set', 'services.scoring.replicas=13'], /services.scoring.replicas is 13, but there are 12 partitions/],
  [
    ['--set', 'defaults.autoscaling.kind=hpa', '--set', 'defaults.autoscaling.maxReplicas=20'],
    /maxReplicas is 20, but there are 12/,
  ],
  [['--set', 'defaults.resources.limits.memory=64Mi'], /give 256Mi at least/],
  [['--set', 'nodeFlags={--max-old-space-size=9}'], /the heap follows the memory limit/],
  [['--set', 'setup.database.adminUrl.secret='], /setup.database.adminUrl is missing/],
  [['--set', 'kafka.sasl.mechanism=plain'], /kafka.sasl.credentials.secret is missing/],
  [['--set', 'test.email='], /test.email is missing/],
];

/** Given nothing but servers and rules, the chart names the first variable that is missing, and where to set it. Its setup and its test would ask for secrets of their own first. */
const bare = [
  '--set',
  'kafka.brokers={kafka:9092},postgres.urls.secret=urls,playbook.path=/app/playbook.yaml,setup.enabled=false,test.enabled=false',
];
const missing = /HITO_SIGNING_KEY is missing\. ingestion needs it to derive .* Set secrets\.HITO_SIGNING_KEY/;

export const helmLint: Check = {
  name: 'helm-lint',
  needs: [helm4],
  run: async () =>
    (
      await Promise.all(sizes.map((size) => problemsOf('helm', ['lint', '--strict', chart, '--values', values(size)], '.')))
    ).flat(),
};

export const helmRenders: Check = {
  name: 'helm-renders',
  needs: [helm4],
  run: () =>
    Promise.resolve(
      sizes
        .filter((size) => renderSize(size) !== readFileSync(goldenOf(size), 'utf8'))
        .map(
          (size) => `${goldenOf(size)} is not what the chart renders of ${values(size)}: npm run chart, and read the difference`,
        ),
    ),
};

export const helmRefusals: Check = {
  name: 'helm-refusals',
  needs: [helm4],
  run: () =>
    Promise.resolve(
      [
        ...refused.map(([given, says]) => [['--values', values('small'), ...given], says] as const),
        [bare, missing] as const,
      ].flatMap(([given, says]) => {
        try {
          render(given);
          return [`${given.join(' ')} is taken, but must be refused`];
        } catch (error) {
          const message = (error as Error).message;
          return says.test(message) ? [] : [`${given.join(' ')} is refused without ${String(says)}: ${message}`];
        }
      }),
    ),
};

export const helmSchemas: Check = {
  name: 'helm-kubernetes-schemas',
  needs: [{ command: 'kubernetes-validate', install: 'pip install kubernetes-validate' }],
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hito-renders-'));
    try {
      const found = await Promise.all(
        ['1.30.0', '1.35.0'].flatMap((version) =>
          sizes.map((size) => {
            const file = join(folder, `${size}.yaml`);
            writeFileSync(file, readFileSync(goldenOf(size)));
            return problemsOf('kubernetes-validate', ['-k', version, '--strict', file], '.');
          }),
        ),
      );
      return found.flat();
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
