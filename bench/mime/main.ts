/**
 * `node --conditions=source bench/mime/main.ts`: the processor time of making a mail's bytes by nodemailer's own builder and by its functions
 * (`services/delivery/mime`), beside filling its template. Processor time, so that a busy machine changes little.
 */
import MailComposer from 'nodemailer/lib/mail-composer';
import { loadTemplates } from '../../services/delivery/content/load.ts';
import { render } from '../../services/delivery/content/render.ts';
import { messageBytes, type Message } from '../../services/delivery/mime/message.ts';

const mails = Number(process.argv[2] ?? 500);
const rounds = 5;
const templates = await loadTemplates('examples/shop/templates', {
  postalAddress: 'Shop S.L., Calle Mayor 1',
  defaultLocale: 'es',
  linkHosts: [],
});
const id = '0f0b7d36-8f64-5d0b-9d53-1d2f2a2d3c4e';
const token = `https://mail.shop.example/t/c/${'x'.repeat(200)}`;
const links = { click: () => token, open: () => token, unsubscribe: () => token };
const aggregates = { count: 12, sum_minor: 123_456, currency: 'USD', first_at: '1997-01-01T02:00:00.000Z' };

function filled() {
  const made = render(templates, {
    template: 'count',
    variables: { threshold: 10, value: 10, aggregates },
    locale: 'es',
    zone: 'Europe/Madrid',
    name: 'María José',
    category: 'milestone',
    legal: false,
    personId: id,
    messageId: id,
    decidedAt: Date.UTC(1998, 0, 1),
    links,
  });
  if ('missing' in made) throw new Error(`The mail lacks ${made.missing.join(', ')}`);
  return made;
}
const content = filled();
const message: Message = {
  id,
  from: { name: 'Shop', address: 'hello@shop.example' },
  to: 'maria@shop.example',
  messageId: `<${id}@shop.example>`,
  date: Date.UTC(1998, 0, 1),
  lines: [['List-Unsubscribe', `<${token}>`]],
  ...content,
};
const byFunctions = (): number => messageBytes(message).length;
const byBuilder = async (): Promise<number> => {
  const { from, lines, date, ...rest } = message;
  const headers = Object.fromEntries(lines);
  return (await new MailComposer({ ...rest, from, date: new Date(date), headers }).compile().build()).length;
};

/** Microseconds of processor time a mail. */
async function cost(make: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let i = 0; i < mails; i += 1) await make();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / mails;
}

const ways = { 'fill the template': filled, "nodemailer's functions": byFunctions, "nodemailer's builder": byBuilder };
for (const make of Object.values(ways)) await cost(make);
process.stdout.write(
  `${String(byFunctions())} bytes a mail, ${String(mails)} mails, best and median of ${String(rounds)} rounds, µs of processor time a mail\n`,
);
for (const [name, make] of Object.entries(ways)) {
  const figures: number[] = [];
  for (let round = 0; round < rounds; round += 1) figures.push(await cost(make));
  figures.sort((a, b) => a - b);
  process.stdout.write(`${name}: ${String(Math.round(figures[0] ?? 0))}, ${String(Math.round(figures[2] ?? 0))}\n`);
}
