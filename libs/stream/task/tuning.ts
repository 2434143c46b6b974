/** Settings of the loop; the defaults are the product's, tests vary them. */
export interface Tuning {
  /** Records of one transaction. */
  readonly batch: number;
  /** Due wakes of one transaction: driven, and live (other people's records go on in between). */
  readonly wakesDriven: number;
  readonly wakesLive: number;
  /** People whose timers are set anew at a time, under other rules. */
  readonly retimed: number;
  /** Records of one transaction of a second lane that is silent, and how many times as long as it took all silent lanes of the process rest. */
  readonly silentBatch: number;
  readonly silentRest: number;
  /** How often a silent lane that has taken all it may looks at the first one, and that one at it where they meet, ms. */
  readonly followMs: number;
  /** From the instant at which a second lane may take over, the first one stops this often to see whether it is there, ms of the task's time. */
  readonly meetingMs: number;
  /** Live: how far a second lane may be behind for the first one to wait where they meet, and how long that waits, ms. */
  readonly nearMs: number;
  readonly meetMs: number;
  /** Rows of a lane that is over deleted at a time. */
  readonly swept: number;
  /** Records and bytes buffered per input before its fetching is paused. */
  readonly bufferRecords: number;
  readonly bufferBytes: number;
  /** Bytes that an input may hold, live, while one of its origins is waited for. */
  readonly waitingBytes: number;
  /** Bytes of the states kept in memory per task, as text. */
  readonly cacheBytes: number;
  /** Least time between two small transactions, ms: what comes meanwhile shares one commit. Driven, nobody waits for a single record. */
  readonly lingerDrivenMs: number;
  readonly lingerLiveMs: number;
  /** Least time between two moves of the watermark when nothing else is to be committed, ms. */
  readonly idleMs: number;
  /** How long an input counts as caught up after its end was asked for, ms. */
  readonly caughtUpMs: number;
  /** People of whom messages threw, without a success in between, before the rules or the code are suspected and not the messages. */
  readonly throwers: number;
  /** How long it waits then, ms, for another partition to decide something: nobody's input can stop what works elsewhere. */
  readonly holdMs: number;
  /** Owners that died on their first batch before records are tried one by one. */
  readonly attempts: number;
  /** Tries of one record before it is given up. */
  readonly tries: number;
  readonly strict: boolean;
}

export const tuning: Tuning = {
  batch: 4_000,
  wakesDriven: 2_000,
  wakesLive: 500,
  retimed: 1_000,
  silentBatch: 500,
  silentRest: 2,
  followMs: 50,
  meetingMs: 10_000,
  nearMs: 2_000,
  meetMs: 1_000,
  swept: 1_000,
  bufferRecords: 500,
  bufferBytes: 4 * 1024 * 1024,
  waitingBytes: 64 * 1024 * 1024,
  cacheBytes: 16 * 1024 * 1024,
  lingerDrivenMs: 25,
  lingerLiveMs: 20,
  idleMs: 1_000,
  caughtUpMs: 5_000,
  throwers: 50,
  holdMs: 30_000,
  attempts: 3,
  tries: 2,
  strict: false,
};
