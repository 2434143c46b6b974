import { root } from '../../../local/root.ts';
import { problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

/** Docker Compose reads docker-compose.yml with all profiles. No engine needs to run. */
export const compose: Check = {
  name: 'compose',
  needs: [
    {
      command: 'docker',
      answers: ['compose', 'version'],
      install: 'https://docs.docker.com/engine/install, with the plugin docker-compose-plugin',
    },
  ],
  run() {
    return problemsOf('docker', ['compose', '--profile', '*', 'config', '--quiet'], root);
  },
};
