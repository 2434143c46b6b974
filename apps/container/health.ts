/**
 * The image's health check: asks the service of this container whether it is ready, without a shell and without curl. An argument is
 * another address to ask. Exits with 0 if the answer is 2xx; otherwise it prints the answer and exits with 1.
 */
const url = process.argv[2] ?? `http://127.0.0.1:${process.env['HITO_INTERNAL_PORT'] ?? '8081'}/health`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
  if (!response.ok) process.stdout.write(`${url} answered ${response.status}: ${await response.text()}\n`);
  process.exitCode = response.ok ? 0 : 1;
} catch (error) {
  process.stdout.write(`${url} did not answer: ${String(error)}\n`);
  process.exitCode = 1;
}
