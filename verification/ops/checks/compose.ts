import { root } from '../../../local/root.ts';
import { call, problemsOf } from '../call.ts';
import type { Check } from '../check.ts';

/** Docker Compose reads docker-compose.yml with all profiles. No engine needs to run. */
export const compose: Check = {
  name: 'compose',
  needs: [{ command: 'docker', install: 'https://docs.docker.com/engine/install' }],
  async run() {
    const { code } = await call('docker', ['compose', 'version'], root);
    if (code !== 0) return ['docker has no compose here: install the plugin docker-compose-plugin (Compose 2 or newer)'];
    return problemsOf('docker', ['compose', '--profile', '*', 'config', '--quiet'], root);
  },
};
