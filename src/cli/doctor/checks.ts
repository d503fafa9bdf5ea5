import { quote } from '../../errors.ts';
import type { DoctorFinding } from './finding.ts';
import { isQuantgate, modesOf, stepsOf, type Workflow, type WorkflowJob } from './workflow.ts';

/** A check that a job makes on a commit. Rules that require one know it by its name alone. */
interface JobCheck {
  /** Undefined where an expression names it. */
  readonly name: string | undefined;
  readonly workflow: Workflow;
  readonly job: string;
  /** Whether the job judges, or waits for one that does. */
  readonly judges: boolean;
}

/** Events whose runs are on a commit of the default branch, or that start no run of their own. */
const ELSEWHERE = ['schedule', 'workflow_run', 'issue_comment', 'workflow_call'];

/**
 * Whether exactly one job makes the check that the branch requires, and that one judges.
 *
 * @param required name of the check
 */
export function examineChecks(workflows: readonly Workflow[], required: string): DoctorFinding[] {
  const checks = workflows
    .filter(({ on }) => Object.keys(on).some((event) => !ELSEWHERE.includes(event)))
    .flatMap((workflow) => checksOf(workflow, workflows));
  const judging = checks.filter(({ judges, workflow }) => judges && proposes(workflow));
  const gate = judging.find(({ name }) => name === required);
  return [...misnamed(judging, required), ...standIns(checks, gate, required)];
}

function misnamed(judging: readonly JobCheck[], required: string): DoctorFinding[] {
  if (judging.some(({ name }) => name === undefined || name === required)) return [];
  return judging.slice(0, 1).map(({ workflow, job, name }) => ({
    where: workflow.locate(['jobs', job], true),
    what: `job ${quote(job)} makes check ${quote(name!)}, and no job that judges makes ${quote(required)}`,
    remedy:
      'let a plain job of that name judge, or wait for those that do, or name another check with --check',
  }));
}

function standIns(
  checks: readonly JobCheck[],
  gate: JobCheck | undefined,
  required: string,
): DoctorFinding[] {
  if (gate === undefined) return [];
  return checks
    .filter((check) => check.name === required && check !== gate)
    .map(({ workflow, job }) => ({
      where: workflow.locate(['jobs', job], true),
      what: `job ${quote(job)} makes check ${quote(required)} as the gate does, so that its success can stand in`,
      remedy: 'give it another name',
    }));
}

function checksOf(workflow: Workflow, all: readonly Workflow[]): JobCheck[] {
  return Object.entries(workflow.jobs).flatMap(([key, job]) => {
    const name = checkName(key, job);
    const called = calledBy(job, all);
    if (called === undefined) return { name, workflow, job: key, judges: judges(workflow, key, workflow) };
    return Object.entries(called.jobs).map(([inner, innerJob]) => {
      const innerName = checkName(inner, innerJob);
      const isKnown = name !== undefined && innerName !== undefined;
      return {
        name: isKnown ? `${name} / ${innerName}` : undefined,
        workflow,
        job: key,
        judges: judges(called, inner, workflow),
      };
    });
  });
}

/** The name of a job, behind which GitHub writes the values of a matrix. */
function checkName(key: string, { name, strategy }: WorkflowJob): string | undefined {
  const given = String(name ?? key);
  if (given.includes('${{')) return undefined;
  const isMatrix = typeof strategy === 'object' && strategy !== null && 'matrix' in strategy;
  return isMatrix ? `${given} (…)` : given;
}

function calledBy({ uses }: WorkflowJob, all: readonly Workflow[]): Workflow | undefined {
  return all.find(({ fileName }) => uses === `./${fileName}`);
}

/** Whether a job has a step that judges, or needs one that has. @param started the workflow whose events start it */
function judges(workflow: Workflow, job: string, started: Workflow, seen = new Set<string>()): boolean {
  if (seen.has(job)) return false;
  seen.add(job);
  const isGate = stepsOf(workflow)
    .filter((each) => each.job === job && isQuantgate(workflow, each.step))
    .some(({ step }) => modesOf(started, step).some((mode) => mode === 'gate' || mode.includes('${{')));
  return isGate || (workflow.jobs[job]?.needs ?? []).some((each) => judges(workflow, each, started, seen));
}

/** Whether its runs are on what is proposed, rather than on what is merged. */
function proposes({ on }: Workflow): boolean {
  return ['pull_request', 'merge_group'].some((event) => event in on);
}

/** Jobs that make the required check, and are skipped where one that they need fails. */
export function skippedGates(workflow: Workflow, required: string): DoctorFinding[] {
  if (!proposes(workflow)) return [];
  return Object.entries(workflow.jobs)
    .filter(([key, job]) => checkName(key, job) === required && (job.needs ?? []).length > 0)
    .filter(
      ([key, job]) => judges(workflow, key, workflow) && !/always\(\)|!\s*cancelled\(\)/.test(String(job.if)),
    )
    .map(([key]) => ({
      where: workflow.locate(['jobs', key], true),
      what: `job ${quote(key)} is skipped where one that it needs fails, and a skipped job satisfies a required check`,
      remedy: 'add "if: always()"',
    }));
}
