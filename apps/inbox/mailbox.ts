import {
  chmodSync,
  closeSync,
  existsSync,
  fdatasync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readHead, type MailHead } from './mail-head.ts';

/** One mail that was accepted. `n` counts from 1 in order of arrival; its bytes are in `<n>.eml`. */
export interface Entry extends MailHead {
  readonly n: number;
  readonly to: readonly string[];
  readonly size: number;
  readonly received_at: string;
}

interface Waiting {
  readonly raw: Buffer;
  readonly to: readonly string[];
  readonly resolve: (entry: Entry) => void;
  readonly reject: (error: unknown) => void;
}

const largestGroup = 64;
const forOwner = 0o600;
const flush = promisify(fdatasync);

/**
 * Keeps mails in a folder: `<n>.eml` each, and `index.jsonl`, one line per mail, append-only. `keep` resolves when bytes, name and
 * index line are on disk. Mails that come together share the flushes of the folder and the index.
 */
export class Mailbox {
  readonly entries: Entry[] = [];
  private readonly dir: string;
  private readonly index: FileHandle;
  private readonly folder: FileHandle;
  private readonly waiting: Waiting[] = [];
  private writing: Promise<void> | undefined;

  private constructor(dir: string, index: FileHandle, folder: FileHandle) {
    this.dir = dir;
    this.index = index;
    this.folder = folder;
  }

  /** Opens (or makes) the folder. A mail whose index line a crash cut off is indexed now. */
  static async open(dir: string): Promise<Mailbox> {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    // Also where the folder was there before: the mails are for its owner only.
    chmodSync(dir, 0o700);
    const file = join(dir, 'index.jsonl');
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length !== text.length) truncateSync(file, Buffer.byteLength(whole));
    const mailbox = new Mailbox(dir, await open(file, 'a', forOwner), await open(dir, 'r'));
    for (const line of whole.split('\n')) if (line !== '') mailbox.entries.push(JSON.parse(line) as Entry);
    await mailbox.adoptUnindexed();
    return mailbox;
  }

  keep(raw: Buffer, to: readonly string[]): Promise<Entry> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ raw, to, resolve, reject });
      this.writing ??= this.writeGroups().finally(() => {
        this.writing = undefined;
      });
    });
  }

  /** The bytes of a mail as they came; undefined when there is no such mail. */
  async raw(n: number): Promise<Buffer | undefined> {
    return this.entries.some((entry) => entry.n === n) ? readFile(this.path(n)) : undefined;
  }

  async close(): Promise<void> {
    await this.writing;
    await this.index.close();
    await this.folder.close();
  }

  private path(n: number): string {
    return join(this.dir, `${String(n)}.eml`);
  }

  private async writeGroups(): Promise<void> {
    for (;;) {
      const group = this.waiting.splice(0, largestGroup);
      if (group.length === 0) return;
      try {
        const entries = await this.write(group);
        group.forEach(({ resolve }, i) => {
          resolve(entries[i] as Entry);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
  }

  /** The index line comes last: a file without one was never answered for. */
  private async write(group: readonly Waiting[]): Promise<Entry[]> {
    const first = (this.entries.at(-1)?.n ?? 0) + 1;
    const received_at = new Date().toISOString();
    const entries = group.map(({ raw, to }, i) => ({ n: first + i, to, ...readHead(raw), size: raw.length, received_at }));
    await this.writeFiles(first, group);
    await this.folder.sync();
    return this.append(entries);
  }

  /** The small calls are made synchronously (a round trip through the thread pool costs more), the flushes run side by side. */
  private async writeFiles(first: number, group: readonly Waiting[]): Promise<void> {
    const files = group.map((_, i) => openSync(`${this.path(first + i)}.new`, 'w', forOwner));
    try {
      group.forEach(({ raw }, i) => {
        writeFileSync(files[i] as number, raw);
      });
      await Promise.all(files.map((file) => flush(file)));
    } finally {
      files.forEach((file) => {
        closeSync(file);
      });
    }
    group.forEach((_, i) => {
      renameSync(`${this.path(first + i)}.new`, this.path(first + i));
    });
  }

  private async append(entries: readonly Entry[]): Promise<Entry[]> {
    const lines = entries.map((entry) => JSON.stringify(entry));
    await this.index.write(lines.map((line) => `${line}\n`).join(''));
    await this.index.datasync();
    // Read back: the fields as found are slices of the mail's text, which would stay in memory with them.
    const kept = lines.map((line) => JSON.parse(line) as Entry);
    this.entries.push(...kept);
    return kept;
  }

  private async adoptUnindexed(): Promise<void> {
    const last = this.entries.at(-1)?.n ?? 0;
    const files = readdirSync(this.dir);
    for (const file of files.filter((name) => name.endsWith('.new'))) rmSync(join(this.dir, file));
    const lost = files
      .map((name) => Number(/^(\d+)\.eml$/.exec(name)?.[1]))
      .filter((n) => n > last)
      .sort((a, b) => a - b);
    for (const n of lost) {
      const raw = await readFile(this.path(n));
      const to = [
        ...raw
          .subarray(0, 8_192)
          .toString('latin1')
          .matchAll(/^to:.*?([^\s<>,]+@[^\s<>,]+)/gim),
      ].flatMap((match) => match[1] ?? []);
      await this.append([{ n, to, ...readHead(raw), size: raw.length, received_at: statSync(this.path(n)).mtime.toISOString() }]);
    }
  }
}
