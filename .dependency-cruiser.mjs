/**
 * The architecture as rules. `npm run check:architecture` enforces them.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const test = '\\.(test|itest|e2e)\\.ts$';
/** What stands beside tests: real servers that misbehave, given/when/then. */
const testing = '/testing(/|\\.ts$)';

export default {
  forbidden: [
    {
      name: 'services-are-islands',
      comment: 'Services meet in libs/contracts, by topic; none imports another.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'libs-by-front-door',
      comment:
        'A lib is entered by its index.ts (#contracts, #stream, …), the runtime also by runtime.ts (#stream/runtime); its insides are its own.',
      severity: 'error',
      from: { path: '^(services|apps|local|bench|test|verification|libs/([^/]+))/', pathNot: test },
      to: { path: '^libs/[^/]+/.+', pathNot: ['^libs/[^/]+/index\\.ts$', '^libs/stream/runtime\\.ts$', '^libs/$2/'] },
    },
    {
      name: 'stream-flows-one-way',
      comment: 'model/ knows no other folder of the runtime; input/, output/, kafka/ and postgres/ know model/; task/ knows all.',
      severity: 'error',
      from: { path: '^libs/stream/(model|input|output|kafka|postgres)/', pathNot: test },
      to: {
        path: '^libs/stream/',
        pathNot: ['^libs/stream/model/', '^libs/stream/$1/', '^libs/stream/output/record-encoding\\.ts$'],
      },
    },
    {
      name: 'libs-know-no-service',
      comment: 'Libs serve any service, the command line and the local start; they know none of them.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(services|apps|local|bench)/' },
    },
    {
      name: 'services-know-no-launcher',
      comment: 'A service runs wherever its environment says; how it was started is none of its business.',
      severity: 'error',
      from: { path: '^services/', pathNot: test },
      to: { path: '^(apps|local|bench)/' },
    },
    {
      name: 'no-testing-in-production',
      comment: '#testing and testing/ folders are for tests; what runs does not load them.',
      severity: 'error',
      from: { path: '^(services|apps|libs)/', pathNot: [test, testing, '^libs/testing/'] },
      to: { path: [testing, '^libs/testing/'] },
    },
    {
      name: 'domain-is-pure',
      comment:
        'domain/ imports its own folder, #contracts, #facts, #measures, #playbook, and pure libraries by name; of #stream only types.',
      severity: 'error',
      from: { path: '^services/[^/]+/domain/', pathNot: [test, testing] },
      to: {
        pathNot: [
          '^services/[^/]+/domain/',
          '^libs/(contracts|facts|measures|playbook)/index\\.ts$',
          '^libs/stream/index\\.ts$',
          'node_modules/(temporal-polyfill|uuid)/',
        ],
      },
    },
    {
      name: 'domain-takes-types-of-stream-only',
      severity: 'error',
      from: { path: '^services/[^/]+/domain/', pathNot: [test, testing] },
      to: { path: '^libs/stream/index\\.ts$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'contracts-facts-and-playbook-are-pure',
      comment: 'Words, facts and rules load no runtime, no framework and no server.',
      severity: 'error',
      from: { path: '^libs/(contracts|facts|playbook)/' },
      to: { path: ['^libs/(stream|platform|testing)/', 'node_modules/(@nestjs|typeorm|pg|kafkajs|nodemailer)/'] },
    },
    {
      name: 'measures-know-facts-only',
      comment:
        'Any lib or service may count with measures, the playbook too: they know no other lib, and conditions are handed to them.',
      severity: 'error',
      from: { path: '^libs/measures/', pathNot: [test, testing] },
      to: { path: ['^libs/', 'node_modules/'], pathNot: ['^libs/measures/', '^libs/facts/index\\.ts$', 'node_modules/zod/'] },
    },
    {
      name: 'kafkajs-behind-its-port',
      comment:
        'The port of #stream (log.ts) is the exit from kafkajs: nothing else imports it. A test or the bench may compare with it, or be a platform that writes.',
      severity: 'error',
      from: { pathNot: ['^libs/stream/kafka/', '^bench/raw', test, testing] },
      to: { path: 'node_modules/kafkajs/' },
    },
    {
      name: 'nodemailer-only-in-delivery',
      comment: 'Mail leaves by delivery and nowhere else; tests may send some to the inbox, and a bench measures its builder.',
      severity: 'error',
      from: { pathNot: ['^services/delivery/', '^bench/mime/', test] },
      to: { path: 'node_modules/nodemailer/' },
    },
    {
      name: 'smtp-server-only-for-inbox-and-tests',
      severity: 'error',
      from: { pathNot: ['^apps/inbox/', test, testing] },
      to: { path: 'node_modules/(smtp-server|@types/smtp-server)/' },
    },
    {
      name: 'typeorm-only-for-migrations',
      comment: 'Rows are read and written by SQL (pg); typeorm applies migrations and nothing else.',
      severity: 'error',
      from: { pathNot: ['^services/[^/]+/migrations/', '^libs/platform/(migrate|service)\\.ts$', test] },
      to: { path: 'node_modules/(typeorm|@nestjs/typeorm)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.hito)/' },
    includeOnly: { path: '^(apps|bench|libs|local|services|test|verification)/|node_modules/' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
