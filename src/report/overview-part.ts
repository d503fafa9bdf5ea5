import { z } from 'zod';
import type { Verdict } from '../verdict/combine.ts';

const markdown = (longest: number) => z.string().max(longest);
const name = z.string().max(64);

const cause = z.strictObject({
  what: markdown(3000).describe(
    'What is said once of all targets that have it; empty if there is nothing to say.',
  ),
  own: markdown(3000).describe('What holds for this target alone; empty if nothing does.'),
  fix: markdown(1500).describe('What to do comes to, measured; empty if there is nothing.'),
  block: z
    .strictObject({ language: z.enum(['diff', 'yaml']), text: z.string().max(20_000) })
    .optional()
    .describe('What to paste below `targets:` of the model.'),
});

const row = z.strictObject({
  model: name,
  target: name,
  precision: z.string().max(16),
  metric: markdown(400),
  by: z.enum(['quantization', 'training', 'chip', 'floor', 'bits', 'samples', 'error', 'nothing']),
  level: z.string().max(16).describe('Of the interval; empty where there is none.'),
  values: markdown(500),
  drop: markdown(500),
  toDo: markdown(500),
});

const artifact = z.int().min(1);

const part = z.strictObject({
  row: row.optional(),
  cause: cause.optional(),
  notes: markdown(20_000)
    .optional()
    .describe('What concerns a whole report or run, and is to be seen first.'),
  remarks: markdown(20_000).optional().describe('What concerns it besides.'),
  caveats: z
    .array(markdown(1500))
    .max(4)
    .optional()
    .describe('What is said once of all targets that have it.'),
  judgedBy: z
    .strictObject({ commit: z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/), branch: z.string().max(1024) })
    .optional()
    .describe('The base.'),
  about: markdown(1000).optional().describe('What holds of its model: baseline, versions.'),
  chip: artifact.optional().describe("Artifact of the files for the chip's tools."),
  recovered: artifact.optional().describe('Artifact of the repaired model.'),
  report: artifact.optional(),
  isAccepted: z.literal(true).optional(),
  commands: z
    .array(z.enum(['apply', 'accept', 'rerun']))
    .max(3)
    .optional()
    .describe('That make sense now.'),
});

/** What is known of a target, or of a report, at one glance. */
export type OverviewPart = Readonly<z.infer<typeof part>>;
export type OverviewRow = Readonly<z.infer<typeof row>>;
export type Cause = Readonly<z.infer<typeof cause>>;

/** A part with its verdict; none where nothing of it is shown at one glance. */
export interface Seen {
  readonly verdict: Verdict;
  readonly part?: OverviewPart;
}

/** A target in the table. */
export interface SeenRow {
  readonly verdict: Verdict;
  readonly part: OverviewPart & { readonly row: OverviewRow };
}

/** A part out of the comment that another job wrote; undefined of anything else. */
export function readPart(value: unknown): OverviewPart | undefined {
  return part.safeParse(value).data;
}
