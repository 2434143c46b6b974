import { parser } from '@prometheus-io/lezer-promql';

/** Grafana's variables, as a query of one hour with a step of 30 s would have them. */
export const withoutVariables = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '2m').replaceAll('$__range', '1h').replaceAll('$__interval', '30s');

/** Where an expression is no PromQL, as a text; nothing where it is. */
export function syntaxError(expr: string): string | undefined {
  const text = withoutVariables(expr);
  const cursor = parser.parse(text).cursor();
  do if (cursor.type.isError) return `at ${String(cursor.from)}: ${text.slice(cursor.from, cursor.from + 30)}`;
  while (cursor.next());
  return undefined;
}

/** The names of the metrics that an expression asks for. */
export function metricsIn(expr: string): string[] {
  const text = withoutVariables(expr);
  const names: string[] = [];
  const cursor = parser.parse(text).cursor();
  do if (cursor.name === 'VectorSelector') names.push(/^[a-zA-Z_:][\w:]*/.exec(text.slice(cursor.from, cursor.to))?.[0] ?? '');
  while (cursor.next());
  return names;
}
