import Sequencer from '@jest/test-sequencer';

/**
 * The order of a run: a whole system (`*.e2e.ts`) is a dozen processes, so that two of them beside each other would starve on two cores. Each
 * is followed by its share of all other tests, which keep the other worker busy meanwhile.
 */
export default class SpreadSystems extends Sequencer {
  sort(tests) {
    const isSystem = ({ path }) => path.endsWith('.e2e.ts');
    const systems = tests.filter(isSystem);
    const others = super.sort(tests.filter((test) => !isSystem(test)));
    if (systems.length === 0) return others;
    return systems
      .sort((a, b) => (a.path < b.path ? -1 : 1))
      .flatMap((system, n) => [system, ...others.filter((_, i) => i % systems.length === n)]);
  }
}
