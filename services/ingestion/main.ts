import { run } from '#platform';
import { ingestion } from './ingestion.module.ts';

await run(ingestion);
