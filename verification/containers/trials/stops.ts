import { services } from '#contracts';
import { Composition, lasting } from '../composition.ts';
import { docker } from '../docker.ts';
import type { Trial } from '../trial.ts';

const withinS = 2;

/** `docker stop` ends every idle service and the inbox by themselves, within two seconds. */
export const stops: Trial = {
  name: 'stops',
  async run(say) {
    const composition = new Composition();
    await composition.up(lasting);
    const problems: string[] = [];
    for (const name of [...services, 'inbox']) {
      const id = await composition.container(name);
      const health = await docker(['inspect', '--format', '{{.State.Health.Status}}', id]);
      if (health !== 'healthy') problems.push(`${name} is ${health}`);
      const asked = performance.now();
      await docker(['stop', '--time', '30', id]);
      const seconds = (performance.now() - asked) / 1_000;
      const code = await docker(['inspect', '--format', '{{.State.ExitCode}}', id]);
      say(`${name}: stopped in ${seconds.toFixed(2)} s, exit code ${code}`);
      if (seconds > withinS) problems.push(`${name} took ${seconds.toFixed(2)} s to stop; ${String(withinS)} s are promised`);
      if (code !== '0') problems.push(`${name} ended with exit code ${code}, expected 0`);
    }
    await composition.up(lasting);
    return problems;
  },
};
