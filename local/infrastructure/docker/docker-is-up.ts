import { execFile } from 'node:child_process';

/** Whether a Docker engine answers (`docker info`). */
export const dockerIsUp = (): Promise<boolean> =>
  new Promise((resolve) => {
    execFile('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 5_000 }, (error, stdout) => {
      resolve(error === null && stdout.trim() !== '');
    });
  });
