import { expect, test } from '@jest/globals';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { openMetrics } from './open-metrics.ts';

test('a registry tells the same as OpenMetrics, with its exemplars, and stays as it was', async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 'scoring' });
  new Counter({
    name: 'mails_total',
    help: 'Mails',
    registers: [registry],
    collect() {
      this.reset();
      this.inc(3);
    },
  });
  new Gauge({ name: 'open', help: 'Open', registers: [registry] }).set(2);
  const age = new Histogram<'trace_id'>({
    name: 'age_seconds',
    help: 'Age',
    buckets: [1],
    enableExemplars: true,
    registers: [],
  });
  registry.registerMetric(age);
  age.observe({ labels: {}, value: 0.5, exemplarLabels: { trace_id: '0af7651916cd43dd8448eb211c80319c' } });
  const before = await registry.metrics();

  const lines = (await openMetrics(registry, { service: 'scoring' })).split('\n');

  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE mails counter',
      'mails_total{service="scoring"} 3',
      'open{service="scoring"} 2',
      expect.stringMatching(
        /^age_seconds_bucket\{le="1",service="scoring"\} 1 # \{trace_id="0af7651916cd43dd8448eb211c80319c"\} 0\.5 \d+(\.\d+)?$/,
      ),
    ]),
  );
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
  expect(lines.slice(0, -1)).not.toContain('');
  expect(await registry.metrics()).toBe(before);
  expect(before).toContain('mails_total{service="scoring"} 3');
});
