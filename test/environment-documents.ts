import type { z } from 'zod';
import { baseVariables, variableRows, variableTable, type VariableMeta } from '#platform';
import { deliveryVariables } from '../services/delivery/environment.ts';
import { ingestionVariables } from '../services/ingestion/environment.ts';

const parts: readonly { readonly neededBy: string; readonly shape: z.ZodRawShape }[] = [
  { neededBy: 'all', shape: baseVariables },
  { neededBy: 'ingestion', shape: ingestionVariables },
  { neededBy: 'delivery', shape: deliveryVariables },
];

/** The README's table of variables, from the schemas that the services check them with. */
export const environmentTable = (): string =>
  variableTable(parts.flatMap(({ neededBy, shape }) => variableRows(neededBy, shape)));

/** `.env.example`: every variable, commented out, with a value that works for local work. */
export const environmentExample = (): string =>
  [
    '# Copy this to .env and uncomment what you need. `npm start` needs none of it.',
    '# Every X may instead be given as X_FILE, the name of a file that holds the value.',
    "# With KAFKA_BROKERS and DATABASE_URL (an administrator's here) `npm start` uses your servers instead of starting its own.",
    ...parts.flatMap(({ neededBy, shape }) => [
      '',
      `# --- ${neededBy === 'all' ? 'every service' : neededBy} ---`,
      ...Object.entries(shape).flatMap(([name, schema]) => {
        const { description, example } = (schema as z.ZodType).meta() as unknown as VariableMeta;
        // What a shell would compute stays as it is written in a file of variables.
        if (example.includes('$(')) return ['', `# ${description}; for a shell: ${example}`, `#${name}=`];
        return ['', `# ${description}`, /^[A-Z_]+=/.test(example) ? `#${example}` : `#${name}=${example}`];
      }),
    ]),
    '',
  ].join('\n');

const begin = '<!-- environment: made by `npm run docs:environment` -->';
const end = '<!-- /environment -->';

/** The README with its table renewed. Throws where its two marks are missing. */
export function withEnvironmentTable(readme: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from)
    throw new Error(`README.md has lost its marks ${begin} and ${end}: put them around the table of variables.`);
  return `${readme.slice(0, from)}${begin}\n\n${environmentTable()}\n\n${readme.slice(to)}`;
}
