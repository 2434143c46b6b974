#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '#version';
import type { Assurance } from './assurance.ts';
import type { ExportOptions } from './export/options.ts';
import type { ReplayOptions } from './replay.ts';
import type { ApplyOptions } from './topics-apply.ts';
import type { ResumeOptions } from './source/resume.ts';
import type { SourceTryOptions } from './source/try.ts';
import type { TryOptions } from './try.ts';

/** Every command loads its own code only when it runs: `hito --help` loads none. */
const hito = new Command('hito')
  .description('Looks after an installation of Hito: its playbook, topics, database, tasks, and the story of each mail.')
  .version(version(), '-v, --version', 'the version of Hito')
  .showHelpAfterError();

const playbook = hito.command('playbook').description('the rules');
playbook
  .command('validate')
  .argument('<file>')
  .description('checks a playbook and says what is in it')
  .action(async (file: string) => (await import('./playbook-validate.ts')).playbookValidate(file));

hito
  .command('read')
  .argument('<topic>', 'events, messages, delivery.dead-letters …; with or without prefix and version')
  .option('--from-beginning', 'from the first record that is still there')
  .option('--to-end', 'stop at the end instead of waiting for more')
  .option('--json', 'one JSON object per line')
  .description('shows the records of a topic, checked against its contract')
  .action(async (topic: string, options: { fromBeginning?: true; toEnd?: true; json?: true }) =>
    (await import('./read.ts')).read(topic, options),
  );

hito
  .command('export')
  .argument('<topic>', 'outcomes, messages, delivery.dead-letters …; with or without prefix and version')
  .requiredOption('--to <format>', 'parquet, csv or jsonl')
  .option('--out <file>', 'a new file; the standard output where absent')
  .option('--from <instant>', 'only records whose `at` is this or later: a day (UTC) or an instant')
  .option('--until <instant>', 'only records whose `at` is before this')
  .option('--partitions <numbers>', 'only these, e.g. 0,3')
  .description('writes the records of a topic as a table, up to its present end; exits with 2 where some do not fit')
  .action(async (topic: string, options: ExportOptions) => (await import('./export/export.ts')).exportTopic(topic, options));

const deadLetters = hito.command('dead-letters').description('what was refused: calls at the edge, and records by any service');
deadLetters
  .command('ls')
  .option('--json', 'as JSON')
  .description('lists them by service, source and reason, with count, first, last and a sample')
  .action(async (options: { json?: true }) => (await import('./dead-letters.ts')).deadLettersList(options));
deadLetters
  .command('show')
  .argument('<sample>', 'as the list names it, e.g. ingestion/0/12')
  .description('shows one in full')
  .action(async (id: string) => (await import('./dead-letters.ts')).deadLettersShow(id));

hito
  .command('why')
  .argument('<who or what>', 'a person (person id, user id or e-mail address) or a mail (message id)')
  .option('--json', 'the story as JSON')
  .description('tells how it came about: click → score, stage, milestone → decision → mail and what became of it')
  .action(async (subject: string, options: { json?: true }) => (await import('./why/why.ts')).why(subject, options));

hito
  .command('status')
  .option('--json', 'as JSON')
  .description('shows tasks, watermarks and lag of all services, and what each task waits for')
  .action(async (options: { json?: true }) => (await import('./status.ts')).status(options));

hito
  .command('database')
  .description("the services' roles and schemas")
  .command('apply')
  .description('gives every service a role and a schema of its own; DATABASE_URL is an administrator here')
  .action(async () => (await import('./database-apply.ts')).databaseApply());

const topics = hito.command('topics').description('the topics');
topics
  .command('plan')
  .description('shows what apply would make and change; changes nothing')
  .action(async () => (await import('./topics-plan.ts')).topicsPlan());
topics
  .command('apply')
  .option('--replication <copies>', "copies of each record; the broker's default where absent", Number)
  .option('--settings', 'also change settings that differ; `topics plan` shows which, and whether records are deleted by it')
  .option('--dry-run', 'with --settings: show what would be changed and leave it')
  .option('--yes', 'with --settings: change it')
  .description('makes the topics that are missing')
  .action(async (options: ApplyOptions) => (await import('./topics-apply.ts')).topicsApply(options));

hito
  .command('offsets')
  .argument('[processor]')
  .option('--json', 'as JSON')
  .description('shows where each processor stands in its inputs: start, next, committed, end, lag, and what is amiss')
  .action(async (processor: string | undefined, options: { json?: true }) =>
    (await import('./offsets.ts')).offsets(processor, options),
  );

const source = hito.command('source').description("the platform's own topics, as `sources` of the playbook says");
source
  .command('try')
  .argument('<file>', 'the playbook')
  .requiredOption('--source <name>', 'the source whose record it is')
  .option('--key <text>', 'key of the record')
  .option('--header <name=value...>', 'headers of the record')
  .option('--timestamp <instant>', 'of the record; now where absent')
  .option('--value', 'shows record.value too, as the expressions see it')
  .description('shows the event that comes of a record, whose value is the standard input, or why there is none')
  .action(async (file: string, options: SourceTryOptions) => (await import('./source/try.ts')).sourceTry(file, options));
source
  .command('lag')
  .option('--json', 'as JSON')
  .description('shows where each source stands in its topics, what is still to be read, and what has stopped')
  .action(async (options: { json?: true }) => (await import('./source/lag.ts')).sourceLag(options));
source
  .command('resume')
  .argument('<source>')
  .requiredOption('--topic <topic>', 'as `hito source lag` shows it')
  .requiredOption('--partition <number>', 'as `hito source lag` shows it', Number)
  .requiredOption('--from <place>', 'earliest, latest, or an offset')
  .option('--dry-run', 'show what would be done and change nothing')
  .option('--yes', 'do it')
  .description('lets a stopped partition go on from a place; what lies before it is not read')
  .action(async (name: string, options: ResumeOptions) => (await import('./source/resume.ts')).sourceResume(name, options));

hito
  .command('clock')
  .description('the clock')
  .command('live')
  .description('lets time be the real one: starts an installation, or ends a replay')
  .action(async () => (await import('./clock-live.ts')).clockLive());

hito
  .command('replay')
  .requiredOption('--from <instant>', 'calls that arrived from then on, e.g. 2026-10-01 or 2026-10-01T08:00:00Z')
  .option('--until <instant>', 'and before then; now where absent')
  .requiredOption('--into <prefix>', 'the other, fresh installation that gets them; its services run')
  .option('--dry-run', 'show what would be done and change nothing')
  .option('--yes', 'do it')
  .description('replays calls that came before into another installation, to see what its rules make of them; mails nobody real')
  .action(async (options: ReplayOptions) => (await import('./replay.ts')).replayFrom(options));

hito
  .command('keys')
  .description('the secrets of a trial installation')
  .command('make')
  .argument('<folder>')
  .requiredOption('--database <host:port/name>', 'where the database is; written into the URLs')
  .description('makes the keys, passwords and database URLs that are missing in a folder, one file each; keeps the others')
  .action(async (folder: string, options: { database: string }) => (await import('./keys-make.ts')).keysMake(folder, options));

hito
  .command('try')
  .argument('<url>', 'of ingestion, e.g. http://127.0.0.1:3000')
  .requiredOption('--email <address>', 'where the mail goes: it is a real one')
  .requiredOption('--event <name>', 'an event that the playbook answers with a mail at once')
  .option('--properties <json>', 'of the event', '{}')
  .option('--outcome <word>', 'what to wait for', 'accepted')
  .option('--timeout <seconds>', 'how long', Number, 90)
  .description('sends an event of a new person, with HITO_WRITE_KEY, and waits for the outcome of the mail')
  .action(async (url: string, options: TryOptions) => (await import('./try.ts')).tryOut(url, options));

const task = hito.command('task').description('tasks: to let them rest, go on, or leave a record out');
const ofTask = (verb: string, partition: string): Command =>
  task
    .command(verb)
    .argument('<processor>')
    .argument('<partition>', partition)
    .option('--dry-run', 'show what would be done and change nothing')
    .option('--yes', 'do it');
ofTask('pause', 'a number, or all')
  .requiredOption('--reason <text>', 'why; `hito status` shows it')
  .description('lets a task take nothing until it is resumed, also after a restart')
  .action(async (processor: string, partition: string, { reason, ...sure }: Assurance & { reason: string }) =>
    (await import('./task.ts')).changeTask({ verb: 'pause', reason }, processor, partition, sure),
  );
ofTask('resume', 'a number, or all')
  .description('lets a paused task go on, or a stopped one once its cause is mended')
  .action(async (processor: string, partition: string, sure: Assurance) =>
    (await import('./task.ts')).changeTask({ verb: 'resume' }, processor, partition, sure),
  );
ofTask('skip', 'a number')
  .option('--record <topic@offset>', 'this record of a stopped or paused task, e.g. events.v1@1234; else what stopped the task')
  .option('--reason <text>', 'why; the dead letter says it')
  .description('lets a task go on without a record, which becomes a dead letter')
  .action(
    async (processor: string, partition: string, { record, reason, ...sure }: Assurance & { record?: string; reason?: string }) =>
      (await import('./task.ts')).changeTask(
        { verb: 'skip', ...(record !== undefined && { record }), ...(reason !== undefined && { reason }) },
        processor,
        partition,
        sure,
      ),
  );

// Who reads the first lines and goes (`hito read … | head`) wants no more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await hito.parseAsync();
} catch (error) {
  const { explain } = await import('./explain.ts');
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
