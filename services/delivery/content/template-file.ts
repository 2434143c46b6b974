import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { TemplateError } from './template-error.ts';

/** No text of a mail is longer: with pictures elsewhere, Gmail cuts what is above 102 kB. */
const mostBytes = 256 * 1_024;

/**
 * The text of a file of a folder of templates: UTF-8 without a byte order mark, lines ended by \n. A link may lead inside of the folder
 * only (so does Kubernetes mount a ConfigMap). Throws TemplateError with what to do.
 */
export function readTemplateFile(directory: string, name: string): string {
  const file = join(directory, name);
  const refuse = (message: string): never => {
    throw new TemplateError([`${file} ${message}`]);
  };
  const found = look(file, refuse);
  if (!found.real.startsWith(realpathSync(directory) + sep))
    refuse('is a link that leads out of its folder. Put the file itself there.');
  if (!found.isFile) refuse('is no file. Move it out of the folder of templates.');
  if (found.bytes > mostBytes)
    refuse(`has ${String(found.bytes)} bytes; at most ${String(mostBytes)} are read. Link to pictures, and shorten the text.`);
  return decoded(readFileSync(found.real), refuse);
}

function look(file: string, refuse: (message: string) => never): { real: string; isFile: boolean; bytes: number } {
  try {
    const real = realpathSync(file);
    const { size } = statSync(real);
    return { real, isFile: statSync(real).isFile(), bytes: size };
  } catch (error) {
    return refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}). Mend or replace it.`);
  }
}

function decoded(bytes: Buffer, refuse: (message: string) => never): string {
  // UTF-16, with its mark or without: every second byte of most languages is 0.
  if (bytes.includes(0) || (bytes[0] === 0xff && bytes[1] === 0xfe)) refuse('is not UTF-8 (UTF-16, perhaps). Save it as UTF-8.');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll(/\r\n?/g, '\n');
  } catch {
    return refuse('is not UTF-8 (Windows-1252, perhaps). Save it as UTF-8.');
  }
}
