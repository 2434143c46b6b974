import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { services } from '#contracts';
import { loadPlaybook, parsePlaybook, PlaybookError, type Playbook } from '#playbook';
import { ruleProblems } from './check-playbook.ts';

const root = join(import.meta.dirname, '..', '..');
const shopFile = join(root, 'examples/shop/playbook.yaml');
const shop = loadPlaybook(shopFile);
const text = readFileSync(shopFile, 'utf8');

test('every service starts with the example', () => {
  expect(ruleProblems(shop, 'p.yaml')).toEqual([]);
});

/** A playbook as the loader would give it, had the loader no check of its own. */
const unchecked = (change: (playbook: Record<string, unknown>) => void): Playbook => {
  const copy = structuredClone(shop) as unknown as Record<string, unknown>;
  change(copy);
  return copy as unknown as Playbook;
};

test.each<[string, string, (playbook: Record<string, unknown>) => void]>([
  ['ingestion', 'a lifetime', (p) => delete p['ids']],
  ['scoring', 'a condition', (p) => ((p['scoring'] as { fit: unknown }).fit = [{ id: 'a', where: 'traits.', points: 1 }])],
  [
    'stages',
    'a condition',
    (p) => ((p['stages'] as { transitions: unknown }).transitions = [{ id: 'a', to: 'b', on: { event: 'c', where: '1 +' } }]),
  ],
  [
    'milestones',
    'a threshold below one minor unit',
    (p) => (p['milestones'] = [{ id: 'a', kind: 'sum', of: { event: 'b' }, property: 'c', currency: 'USD', threshold: 0.001 }]),
  ],
  [
    'milestones',
    'a threshold that cannot be counted',
    (p) => (p['milestones'] = [{ id: 'a', kind: 'sum', of: { event: 'b' }, property: 'c', currency: 'USD', threshold: 1e300 }]),
  ],
  ['milestones', 'an unknown kind', (p) => (p['milestones'] = [{ id: 'a', kind: 'streak', of: { event: 'b' } }])],
  [
    'orchestration',
    'a window that never opens',
    (p) => ((p['sending'] as { window: unknown }).window = { from: '20:00', to: '20:00' }),
  ],
  ['delivery', 'categories', (p) => delete p['categories']],
])('%s refuses %s, and so does the check', (service, _what, change) => {
  expect(ruleProblems(unchecked(change), 'p.yaml')).toContainEqual(
    expect.stringMatching(new RegExp(`^p\\.yaml: ${service} could not start with it: `)),
  );
});

const sources: Readonly<Record<string, string>> = {
  ingestion: 'ingestion.module.ts',
  orchestration: 'processors.ts',
};

test.each(services)('%s makes nothing of the playbook at its start that the check leaves out', (service) => {
  const source = readFileSync(join(root, 'services', service, sources[service] ?? 'main.ts'), 'utf8');
  const from = /import \{[^}]*\brulesOf\b[^}]*\} from '\.\/([^']+)';/.exec(source)?.[1];
  const check = readFileSync(join(import.meta.dirname, 'check-playbook.ts'), 'utf8');
  expect(check).toContain(`import { rulesOf as ${service} } from '../../services/${service}/${String(from)}';`);
  const [, made = ''] =
    /^(?: {2}processors: |.*=>$)([\s\S]*?)(?:^ {2}(?:workers|migrations)\b|^ {2}\] as const)/m.exec(source) ?? [];
  expect(made).toContain('rulesOf(playbook');
  // Secrets are sealed by a key of the environment; of the playbook only names are read.
  const known = /^\((?:playbook|playbook, env)\)|rulesOf\(playbook(?:, sealSecrets\(playbook, env\))?\)|playbook\.version/gm;
  expect(made.replaceAll(known, '')).not.toMatch(/playbook/);
});

/** Numbers, times and durations of the example, each of which is replaced by something else. */
const places = [...text.matchAll(/(?<=: )(?:\d+(?:\.\d+)?|"\d\d:\d\d"|\d+[smhd])(?=[,\s}])/g)];
const odd = fc.oneof(
  fc.constantFrom(
    '0',
    '-1',
    '1e300',
    '1e-300',
    '.inf',
    '.nan',
    '0x7fffffff',
    '9007199254740993',
    '"00:00"',
    '"23:59"',
    '3660d',
    '1s',
  ),
  fc.double({ noNaN: true }).map(String),
  fc.integer().map(String),
);

test('property: services start with every playbook that the loader takes', () => {
  const loaded = { yes: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...places), odd, ({ index, 0: { length } }, value) => {
      const changed = text.slice(0, index) + value + text.slice(index + length);
      let playbook: Playbook;
      try {
        playbook = parsePlaybook(changed);
      } catch (error) {
        expect(error).toBeInstanceOf(PlaybookError);
        return;
      }
      loaded.yes++;
      expect(ruleProblems(playbook, 'p.yaml')).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(loaded.yes).toBeGreaterThan(20);
});
