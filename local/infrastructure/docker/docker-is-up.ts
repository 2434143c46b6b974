import { execFile } from 'node:child_process';

/** Whether a Docker engine answers (`docker info`), with these variables: PATH, DOCKER_HOST and so on. */
export const dockerIsUp = (env: NodeJS.ProcessEnv): Promise<boolean> =>
  new Promise((resolve) => {
    execFile('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000, env }, (error, stdout) => {
      resolve(error === null && stdout.trim() !== '');
    });
  });
