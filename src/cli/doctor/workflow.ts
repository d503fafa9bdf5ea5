import { posix } from 'node:path';
import { z } from 'zod';
import { modeOfEvent } from '../../action/inputs.ts';
import { readYaml, type YamlSource } from '../../config/yaml.ts';
import { UserError } from '../../errors.ts';
import { namesQuantgate, ownFolder } from '../../github/quantgate-step.ts';
import { issueOf } from '../../json.ts';

const DEFAULT_CONFIG = 'quantgate.yml';

const permissions = z.union([
  z.enum(['read-all', 'write-all']),
  z.record(z.string(), z.enum(['read', 'write', 'none'])),
  // `permissions:` without a value takes everything away, like {}.
  z.null().transform((): Record<string, 'read' | 'write' | 'none'> => ({})),
]);

const step = z.looseObject({
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).nullish(),
});

const job = z.looseObject({
  name: z.unknown().optional(),
  needs: z.union([z.string().transform((name) => [name]), z.array(z.string())]).optional(),
  strategy: z.unknown().optional(),
  uses: z.string().optional(),
  permissions: permissions.optional(),
  steps: z.array(step).optional(),
});

const events = z.union([
  z.string().transform((name): Record<string, unknown> => ({ [name]: null })),
  z
    .array(z.string())
    .transform((names): Record<string, unknown> => Object.fromEntries(names.map((n) => [n, null]))),
  z.record(z.string(), z.unknown()),
]);

const schema = z.looseObject({
  name: z.string().optional(),
  on: events,
  permissions: permissions.optional(),
  jobs: z.record(z.string(), job),
});

export type Permissions = z.infer<typeof permissions>;
export type WorkflowStep = z.infer<typeof step>;
export type WorkflowJob = z.infer<typeof job>;

/** A workflow file, as far as it matters whether quantgate's gate can be trusted. */
export interface Workflow extends z.infer<typeof schema> {
  readonly fileName: string;
  /** Folders of the repository whose action is quantgate. */
  readonly own: ReadonlySet<string>;
  /** `file:line:column` of something in it. */
  locate: YamlSource['locate'];
}

/**
 * Reads a workflow file.
 *
 * @param own as of the workflow; what lies beside it is not known here
 * @throws UserError when it is not YAML within limits, or no workflow
 */
export function parseWorkflow(
  text: string,
  fileName: string,
  own: ReadonlySet<string> = new Set(),
): Workflow {
  const source = readYaml(text, fileName);
  const parsed = schema.safeParse(source.value);
  if (parsed.success) return { ...parsed.data, fileName, own, locate: source.locate };
  const at = source.locate(parsed.error.issues[0].path);
  throw new UserError(`${at}: is no workflow (${issueOf(parsed.error)}): correct it`);
}

/** Whether a step of a workflow runs quantgate, whoever's copy of it, be it in this repository. */
export function isQuantgate({ own }: Pick<Workflow, 'own'>, { uses }: WorkflowStep): boolean {
  return namesQuantgate(uses) || own.has(ownFolder(uses) ?? '');
}

export function stepsOf(workflow: Workflow): { job: string; index: number; step: WorkflowStep }[] {
  return Object.entries(workflow.jobs).flatMap(([name, { steps = [] }]) =>
    steps.map((each, index) => ({ job: name, index, step: each })),
  );
}

/** The mode that a step sets, or those of the events that start it. */
export function modesOf({ on }: Workflow, { with: inputs }: WorkflowStep): string[] {
  if (typeof inputs?.mode === 'string') return [inputs.mode];
  return [...new Set(Object.keys(on).flatMap((event) => modeOfEvent[event] ?? []))];
}

export function usesQuantgate(workflow: Workflow): boolean {
  return stepsOf(workflow).some(({ step }) => isQuantgate(workflow, step));
}

/** Whether a workflow runs quantgate, or calls one of those that do. */
export function callsQuantgate(workflow: Workflow, ours: readonly Workflow[]): boolean {
  const called = ours.map(({ fileName }) => `./${fileName}`);
  return (
    ours.includes(workflow) || Object.values(workflow.jobs).some(({ uses }) => called.includes(uses ?? ''))
  );
}

/** The configurations that steps of quantgate name, by their paths in the repository. */
export function configsOf(ours: readonly Workflow[]): string[] {
  const steps = ours.flatMap((workflow) =>
    stepsOf(workflow).filter(({ step }) => isQuantgate(workflow, step)),
  );
  const named = steps.map(({ step }) => posix.normalize(String(step.with?.config ?? DEFAULT_CONFIG)));
  const inside = named.filter((path) => !/^(\.\.)?\/|\$\{\{/.test(path));
  return inside.length === 0 ? [DEFAULT_CONFIG] : [...new Set(inside)];
}
