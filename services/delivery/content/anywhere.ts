import { anyHost } from '#facts';
import type { MailRules } from './check-content.ts';

/** The warning that belongs to a playbook without `links.hosts`, one line; nothing where it names its hosts. */
export const anywhere = ({ hosts }: MailRules['links']): string | undefined =>
  hosts.includes(anyHost)
    ? 'ANYWHERE: whoever has a public write key can lead a mail to a page of their own. Name your hosts: links: { hosts: [www.your-shop.example] }'
    : undefined;
