import type { Composition } from './composition.ts';
import { docker } from './docker.ts';

/** What the kernel says of the container's first process and of its root, read inside of it. */
const look = `
const fs = require('fs');
const status = Object.fromEntries(fs.readFileSync('/proc/1/status', 'utf8').split('\\n').map((line) => line.split(/:\\s*/)));
let root = 'can be written';
try { fs.writeFileSync('/app/trial', ''); } catch (error) { root = error.code; }
console.log(JSON.stringify({ uid: status.Uid.split('\\t')[0], capabilities: status.CapEff, bounding: status.CapBnd, noNewPrivileges: status.NoNewPrivs,
  program: fs.readFileSync('/proc/1/cmdline', 'utf8').split('\\0')[0], root }));`;

const none = '0000000000000000';
const expected = { uid: '1000', capabilities: none, bounding: none, noNewPrivileges: '1', program: 'node', root: 'EROFS' };

/** What these containers may do that they must not: another user, a capability, a root that can be written, a first process that is not Node. */
export async function restrictions(composition: Composition, names: readonly string[]): Promise<string[]> {
  const problems = await Promise.all(
    names.map(async (name) => {
      const seen = JSON.parse(await docker(['exec', await composition.container(name), 'node', '-e', look])) as typeof expected;
      return Object.entries(expected)
        .filter(([what, wanted]) => seen[what as keyof typeof expected] !== wanted)
        .map(([what, wanted]) => `${name}: ${what} is ${seen[what as keyof typeof expected]}, expected ${wanted}`);
    }),
  );
  return problems.flat();
}
