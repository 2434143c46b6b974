import { spawn } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';

const root = new URL('../../', import.meta.url);

/** Runs lines of a program that has an ending; `logs`: with a log, as after a start. */
function ended(
  lines: string,
  logs: boolean,
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const env = {
    LOG_LEVEL: 'info',
    HITO_SIGNING_KEY: 'a signing key of some length',
    SMTP_URL: 'smtps://me:hunter2-of-smtp@m.example',
  };
  const program = `
    import { Ending } from './libs/platform/ending.ts';
    import { cleanerOf, createLogger } from './libs/platform/log.ts';
    const env = ${JSON.stringify(env)};
    const ending = new Ending('scoring', env);
    ending.watch();
    ${logs ? "ending.knows(cleanerOf(env), await createLogger('scoring', env));" : ''}
    const wrong = Object.assign(new Error('duplicate key <ana@one.example>\\nfor https://shop.example/reset?token=abc123def, hunter2-of-smtp'), { detail: 'Key (email)=(eve@two.example) exists' });
    setInterval(() => undefined, 1_000);
    ${lines}`;
  const child = spawn(process.execPath, ['--conditions=source', '--input-type=module-typescript', '--eval', program], {
    cwd: root,
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      resolve({ code, out, err });
    });
  });
}

const secrets = /one\.example|two\.example|abc123def|hunter2/;
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('a process that is ended by an error that nobody caught', () => {
  test.each([
    ['an error of a timer', 'setTimeout(() => { throw wrong; }, 1);'],
    ['a rejected promise', 'void Promise.reject(wrong);'],
    ['a rejection that is no error', "void Promise.reject({ reply: '550 <ana@one.example>' });"],
    ['a text that is thrown', "setTimeout(() => { throw '550 <ana@one.example>'; }, 1);"],
    ['nothing that is thrown', 'setTimeout(() => { throw undefined; }, 1);'],
    [
      'an error that throws when it is read',
      "setTimeout(() => { throw Object.defineProperty(wrong, 'stack', { get() { throw wrong; } }); }, 1);",
    ],
  ])('leaves one cleaned line and status 1: %s', async (_, lines) => {
    const early = await ended(lines, false);
    expect([early.code, early.out]).toEqual([1, '']);
    expect(linesOf(early.err)).toEqual([expect.stringMatching(/^scoring ends by an error that nobody caught: /)]);
    const late = await ended(lines, true);
    expect(late.code).toBe(1);
    const all = linesOf(late.out + late.err);
    expect(all).toHaveLength(1);
    expect(all[0]).toMatch(/nobody caught/);
    expect(early.err + all.join('')).not.toMatch(secrets);
  });
});
