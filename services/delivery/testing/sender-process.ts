/** A sender as a process of its own, to be killed: node sender-process.ts <database> <smtp> <partition>. */
import pg from 'pg';
import { senderOptions, runSender } from './sender.ts';
import { TestSession } from './session.ts';

const [database = '', smtp = '', partition = '0'] = process.argv.slice(2);
const session = await TestSession.take(new pg.Pool({ connectionString: database, max: 8 }), Number(partition));
process.on('SIGTERM', () => {
  session.abort();
});
process.stdout.write('ready\n');
await runSender(session, senderOptions({ smtp }));
process.exit(0);
