declare module 'pino-roll' {
  import type { DestinationStream } from 'pino';
  export default function roll(options: {
    file: string;
    size: string;
    mkdir: boolean;
    sync: boolean;
    limit: { count: number };
  }): Promise<DestinationStream>;
}
