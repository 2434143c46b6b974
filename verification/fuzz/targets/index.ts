import type { Target } from '../target.ts';
import { address } from './address.ts';
import { clients } from './clients.ts';
import { conditions } from './conditions.ts';
import { consent } from './consent.ts';
import { edgeBodies, edgeBytes, edgeWords } from './edge.ts';
import { edgeHttp } from './edge-http.ts';
import { environment } from './environment.ts';
import { historyFiles, playbookFiles } from './files.ts';
import { mime } from './mime.ts';
import { processors } from './processors.ts';
import { replies } from './replies.ts';
import { runtime } from './runtime.ts';
import { text } from './text.ts';
import { links } from './links.ts';
import { templatesRender } from './templates.ts';
import { tokensRead } from './tokens.ts';

/** All fuzz targets. To add one: a file in this folder and its line here. */
export const targets: readonly Target[] = [
  edgeBodies,
  edgeBytes,
  edgeWords,
  edgeHttp,
  environment,
  text,
  address,
  consent,
  mime,
  replies,
  links,
  templatesRender,
  tokensRead,
  clients,
  playbookFiles,
  historyFiles,
  runtime,
  conditions,
  ...processors,
];
