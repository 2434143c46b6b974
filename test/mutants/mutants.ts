/** A promise of the runtime, the line that keeps it taken out, and the test that has to notice. */
export interface Mutant {
  readonly promise: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  readonly test: string;
  /** Of the test's name; all of the file's where absent. */
  readonly name?: string;
}

const stream = (file: string): string => `libs/stream/${file}`;

export const mutants: readonly Mutant[] = [
  { promise: 'the database refuses a second copy of a batch', file: stream('postgres/commit.ts'), find: ' and txn = ${parameter(commit.txn, \'bigint\')} returning 1', replace: ' returning 1', test: stream('postgres/store.itest.ts'), name: 'eight copies' },
  { promise: 'the database refuses a former owner', file: stream('postgres/commit.ts'), find: ' and owner_epoch = ${parameter(epoch, \'bigint\')}', replace: '', test: stream('postgres/store.itest.ts'), name: 'an owner before' },
  { promise: 'an operator\'s word raises the incarnation', file: stream('postgres/store.ts'), find: '[processor, partition, confirmed ? 1 : 0,', replace: '[processor, partition, 0,', test: stream('postgres/store.itest.ts'), name: 'operator' },
  { promise: 'another database system is noticed', file: stream('postgres/store.ts'), find: 'const foreign = elsewhere && !confirmed;', replace: 'const foreign = false as boolean && elsewhere;', test: stream('postgres/store.itest.ts'), name: 'operator' },
  { promise: 'a fenced owner drops everything', file: stream('task.ts'), find: 'if (!committed) throw', replace: 'if (false as boolean) throw', test: stream('fence.test.ts'), name: 'drops everything' },
  { promise: 'the outbox is deleted only after the broker\'s acknowledgement', file: stream('task.ts'), find: 'const publishedSeq = this.publisher?.publishedSeq ?? 0;', replace: 'const publishedSeq = this.outSeq;', test: stream('fence.test.ts'), name: 'took nothing' },
  { promise: 'the next owner publishes what lies in the outbox', file: stream('task.ts'), find: 'for (const { firstSeq, lastSeq, bytes } of row.outbox) {', replace: 'for (const { firstSeq, lastSeq, bytes } of row.outbox.slice(row.outbox.length)) {', test: stream('determinism.test.ts'), name: 'death' },
  { promise: 'repeats of our own are dropped', file: stream('input-buffer.ts'), find: '    if (!after(seq, stream.last)) {', replace: '    if (false as boolean) {', test: stream('order.test.ts'), name: 'every hop' },
  { promise: 'repeats of the replayer are dropped', file: stream('input-buffer.ts'), find: 'if (seq !== undefined && !after(seq, stream.last)) {', replace: 'if (false as boolean) {', test: stream('alarms.test.ts'), name: 'moved nothing' },
  { promise: 'outsiders\' repeats are dropped across batches', file: stream('fold.ts'), find: 'seen.has(item.hash) || ', replace: '', test: stream('order.test.ts'), name: 'of outsiders' },
  { promise: 'a refused record is not known as seen', file: stream('fold.ts'), find: 'else if (item.hash !== undefined) this.accepted.add(item.hash);', replace: 'if (item.hash !== undefined) this.accepted.add(item.hash);', test: stream('order.test.ts'), name: 'of outsiders' },
  { promise: 'processors of one service do not share what they have seen', file: stream('input-buffer.ts'), find: '`${this.reader}/${this.contract.name}/', replace: '`', test: stream('order.test.ts'), name: 'cursors, states' },
  { promise: 'driven, a record waits for a stream that may still bring one of its instant', file: stream('plan.ts'), find: 'view.watermark <= at &&', replace: 'view.watermark < at &&', test: stream('order.test.ts'), name: 'that is equal' },
  { promise: 'driven, a record waits at all', file: stream('plan.ts'), find: 'if (waitsFor !== undefined) break;', replace: 'if (false as boolean) break;', test: stream('determinism.test.ts'), name: 'whatever' },
  { promise: 'live, an input that lags is waited for', file: stream('plan.ts'), find: '(clock !== \'live\' || !view.input.caughtUp(now, caughtUpMs))', replace: 'clock !== \'live\'', test: stream('order.test.ts'), name: 'skewed' },
  { promise: 'live, a silent input that is caught up is not waited for', file: stream('plan.ts'), find: '(clock !== \'live\' || !view.input.caughtUp(now, caughtUpMs))', replace: 'true', test: stream('order.test.ts'), name: 'costs nothing' },
  { promise: 'every configured origin of a re-keyed hop is waited for', file: stream('task.ts'), find: ': writer.rekeyed ? Array.from({ length: context.partitions }, (_, p) => `${writer.processor}/${String(p)}`)', replace: '', test: stream('order.test.ts'), name: 'lagging' },
  { promise: 'buffers are bounded', file: stream('task.ts'), find: 'this.context.subscription.pause(topic, this.context.partition);', replace: '', test: stream('order.test.ts'), name: 'stopped origin' },
  { promise: 'nothing is taken while the clock is unset', file: stream('plan.ts'), find: 'return this.clock !== \'unset\' || this.input.input.kind !== \'source\';', replace: 'return true;', test: stream('order.test.ts'), name: 'unset' },
  { promise: 'feedback is taken when it comes', file: stream('plan.ts'), find: 'if (untimed) takeUntimed(inputs, items, limit);', replace: '', test: stream('order.test.ts'), name: 'feedback' },
  { promise: 'a clock record that would put time back is refused', file: stream('input-buffer.ts'), find: 'if (clock.at !== undefined && clock.at < stream.tailAt) {', replace: 'if (false as boolean) {', test: stream('alarms.test.ts'), name: 'clock records' },
  { promise: 'a live clock cannot be driven', file: stream('input-buffer.ts'), find: 'if (stream.tailClock === \'live\') return', replace: 'if (false as boolean) return', test: stream('alarms.test.ts'), name: 'clock records' },
  { promise: 'wakes are strict: what happens at the very instant comes first', file: stream('fold.ts'), find: '(item === undefined || wake.instant < item.at);\n        if (!wakeFirst', replace: '(item === undefined || wake.instant <= item.at);\n        if (!wakeFirst', test: stream('determinism.test.ts'), name: 'very instant' },
  { promise: 'live, a person\'s due wakes come before their next record', file: stream('fold.ts'), find: 'for (let own = this.ownWake(item); own !== undefined', replace: 'for (let own = this.ownWake(item); false as boolean && own !== undefined', test: stream('wakes.test.ts'), name: '20,000' },
  { promise: 'live, others\' records go on between portions of wakes', file: stream('task.ts'), find: 'driven ? limits.wakesDriven : limits.wakesLive;', replace: '100_000;', test: stream('wakes.test.ts'), name: '20,000' },
  { promise: 'an early wake asks wakeAt first', file: stream('fold.ts'), find: 'entry.wake = entry.state === undefined ? undefined : processor.wakeAt?.(entry.state, rules);', replace: 'entry.wake = entry.state === undefined ? undefined : entry.state === entry.loaded?.state && entry.loaded?.wakeAt ? entry.loaded.wakeAt : processor.wakeAt?.(entry.state, rules);', test: stream('wakes.test.ts'), name: 'lazy and early' },
  { promise: 'a later timer is not written', file: stream('fold.ts'), find: 'real === null ? column : Math.min(column, real);', replace: 'real;', test: stream('wakes.test.ts'), name: 'own sake' },
  { promise: 'changed rules re-time what sleeps', file: stream('task.ts'), find: 'await this.retime();', replace: '', test: stream('wakes.test.ts'), name: 'half-way' },
  { promise: 're-timing half done is done again', file: stream('task.ts'), find: '{ states, rulesVersion: this.row?.rulesVersion ?? \'\' }', replace: '{ states }', test: stream('wakes.test.ts'), name: 'half-way' },
  { promise: 'states are upgraded', file: stream('task.ts'), find: 'state = upgrade(state as never);', replace: '', test: stream('wakes.test.ts'), name: 'upgraded' },
  { promise: 'an older member does not run the task', file: stream('task.ts'), find: 'if (row.stateVersion > processor.version) throw', replace: 'if (false as boolean) throw', test: stream('wakes.test.ts'), name: 'upgraded' },
  { promise: 'what does not parse is a dead letter', file: stream('fold.ts'), find: 'if (item.bad !== undefined) {', replace: 'if (false as boolean) {', test: stream('bad-input.test.ts'), name: 'not JSON' },
  { promise: 'dead letters keep their headers', file: stream('fold.ts'), find: '        ...letter.headers,\n', replace: '', test: stream('bad-input.test.ts'), name: 'tombstone' },
  { promise: 'dead letters keep their bytes', file: stream('outbox.ts'), find: 'Buffer.from(text, \'base64\')', replace: 'Buffer.from(Buffer.from(text, \'base64\').toString())', test: stream('outbox.test.ts'), name: 'byte for byte' },
  { promise: 'a key that cannot be stored is refused', file: stream('input-buffer.ts'), find: 'if (unstorable.test(key)) return', replace: 'if (false as boolean) return', test: stream('bad-input.test.ts'), name: 'cannot be stored' },
  { promise: 'an emission that no broker takes is refused before the commit', file: stream('fold.ts'), find: 'value.length > maxValueBytes / 3 && ', replace: 'false as boolean && ', test: stream('bad-input.test.ts'), name: 'no broker takes' },
  { promise: 'a refused decision leaves nothing', file: stream('fold.ts'), find: 'if (decision.deadLetter !== undefined) return decision.deadLetter;', replace: '', test: stream('bad-input.test.ts'), name: 'refuses' },
  { promise: 'a timer that is a bug is parked', file: stream('fold.ts'), find: 'reason, attempts);\n      entry.parked = true;', replace: 'reason, attempts);', test: stream('bad-input.test.ts'), name: 'timer' },
  { promise: 'a timer must move', file: stream('fold.ts'), find: 'else if (entry.wake !== undefined && entry.wake <= instant) {', replace: 'else if (false as boolean) {', test: stream('bad-input.test.ts'), name: 'timer stands' },
  { promise: 'who is parked is woken again after the next record', file: stream('fold.ts'), find: '    if (entry.parked) {\n      entry.parked = false;', replace: '    if (false as boolean) {\n      entry.parked = false;', test: stream('bad-input.test.ts'), name: 'wake throws' },
  { promise: 'the first batch of an owner is on record before it is tried', file: stream('task.ts'), find: 'if (this.careful > 0 || this.untried) await', replace: 'if (this.careful > 0) await', test: stream('careful.test.ts'), name: 'is tried' },
  { promise: 'careful, one message at a time', file: stream('task.ts'), find: 'single: this.careful > 0,', replace: '', test: stream('careful.test.ts'), name: 'blamed' },
  { promise: 'what killed the process is condemned', file: stream('fold.ts'), find: 'if (condemned?.item === itemName(item)) {', replace: 'if (false as boolean) {', test: stream('careful.test.ts'), name: 'is tried' },
  { promise: 'too many throws in a row stop the task', file: stream('task.ts'), find: 'if (this.throwsInRow >= limits.throwsInRow && !this.skipping) {', replace: 'if (false as boolean) {', test: stream('alarms.test.ts'), name: 'stop the task' },
  { promise: 'skip dead-letters what stopped it', file: stream('task.ts'), find: 'this.skipping = row.skip;', replace: 'this.skipping = false;', test: stream('alarms.test.ts'), name: 'skipped by' },
  { promise: 'a success in between begins the count anew', file: stream('fold.ts'), find: '    this.throwsInRow = 0;\n    this.anySuccess = true;', replace: '', test: stream('alarms.test.ts'), name: 'across a success' },
  { promise: 'log and cursor are compared when a task is taken', file: stream('task.ts'), find: 'if (alarm !== undefined) {\n      await', replace: 'if (false as boolean) {\n      await', test: stream('alarms.test.ts'), name: 'retention past|went back|earlier state' },
  { promise: 'a topic made anew is noticed while the task runs', file: stream('task.ts'), find: 'if (end < input.nextOffset()) this', replace: 'if (false as boolean) this', test: stream('alarms.test.ts'), name: 'while the task runs' },
  { promise: 'the group commits no more than the database holds', file: stream('task.ts'), find: 'offset: stored.nextOffset }];', replace: 'offset: input.nextOffset() }];', test: stream('alarms.test.ts'), name: 'moved nothing' },
  { promise: 'a watermark comes behind all it covers', file: stream('publisher.ts'), find: 'const records = [...batches.flatMap((batch) => batch.records), ...(batches.findLast(({ marks }) => marks.length > 0)?.marks ?? [])];', replace: 'const records = [...(batches.findLast(({ marks }) => marks.length > 0)?.marks ?? []), ...batches.flatMap((batch) => batch.records)];', test: stream('determinism.test.ts'), name: 'whatever' },
  { promise: 'no send exceeds what a broker takes', file: stream('kafka/produce.ts'), find: 'bytes + size > maxSendBytes || ', replace: '', test: stream('outbox.test.ts'), name: 'a send' },
  { promise: 'keys go where Kafka\'s clients send them', file: stream('partition.ts'), find: '0x9747b28c ^', replace: '0x9747b28d ^', test: stream('partition.test.ts') },
];
