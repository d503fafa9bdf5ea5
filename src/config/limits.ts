/** What a run may take. */
export interface Limits {
  /** For the whole run. */
  readonly minutes: number;
  /** In which some stage must advance, or ONNX Runtime answer. */
  readonly idleMinutes: number;
  /** Bytes that the measuring process may hold. */
  readonly memory: number;
}

/** `limits:` of a configuration; the whole run's minutes are there where they are not left to the size of the job. */
export type GivenLimits = Partial<Pick<Limits, 'minutes'>> & Omit<Limits, 'minutes'>;

export const DEFAULT_IDLE_MINUTES = 10;
export const DEFAULT_MEMORY = '2GB';

/** For FP32 of a model, and once more for each of its targets. */
const MINUTES_A_PASS = 60;

/** Until a configuration says more. */
export const firstLimits: Limits = {
  minutes: MINUTES_A_PASS,
  idleMinutes: DEFAULT_IDLE_MINUTES,
  memory: bytesOf(DEFAULT_MEMORY),
};

/** What of a configuration says how large its job is. */
interface SizedJob {
  readonly limits: GivenLimits;
  readonly models: readonly {
    readonly targets: readonly unknown[];
    readonly recover: { readonly when: string; readonly minutes: number };
  }[];
}

/** What a job may take: where its whole time is left open, an hour for each model and each target, and what recovery has. */
export function limitsOf({ limits, models }: SizedJob): Limits {
  const minutes = models.reduce(
    (sum, { targets, recover }) =>
      sum + MINUTES_A_PASS * (1 + targets.length) + (recover.when === 'off' ? 0 : recover.minutes),
    0,
  );
  return { minutes, ...limits };
}

/** @param text such as `2GB` or `500 MB` */
export function bytesOf(text: string): number {
  return Number.parseFloat(text) * (text.endsWith('GB') ? 1e9 : 1e6);
}
