/**
 * The image's program. Its first argument names a service (`scoring`) or `replay`; anything else is a command of `hito`
 * (`topics apply`), and no argument is `--help`.
 */
import { endOnSignals } from './signals.ts';
import { programs } from './programs.ts';

endOnSignals();
const [name] = process.argv.slice(2);
if (name === undefined) process.argv.push('--help');
if (name !== undefined && Object.hasOwn(programs, name)) {
  // What runs reads its own arguments from here on.
  process.argv.splice(2, 1);
  await programs[name as keyof typeof programs]();
} else await import('../cli/main.ts');
