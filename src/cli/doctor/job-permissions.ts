import { printable, quote } from '../../errors.ts';
import type { DoctorFinding } from './finding.ts';
import { isQuantgate, modesOf, type Permissions, stepsOf, type Workflow } from './workflow.ts';

type Level = 'read' | 'write';

/** What each mode of the Action asks of its job's token; the workflows that `quantgate init` writes say why. */
const needs: Readonly<Record<string, Readonly<Record<string, Level>>>> = {
  baseline: { contents: 'read' },
  gate: { contents: 'read', actions: 'read', checks: 'read', 'pull-requests': 'read' },
  report: { contents: 'read', actions: 'read', 'pull-requests': 'write', checks: 'write' },
  command: { contents: 'write', actions: 'write', 'pull-requests': 'write', checks: 'write' },
};

/** Jobs whose permissions nobody has chosen. */
export function unchosen(workflow: Workflow): DoctorFinding[] {
  if (workflow.permissions !== undefined) return [];
  return Object.entries(workflow.jobs)
    .filter(([, job]) => job.permissions === undefined)
    .map(([name]) => ({
      where: workflow.locate(['jobs', name], true),
      what: `job ${quote(name)} gets whatever permissions the repository's settings give`,
      remedy: 'add "permissions: { contents: read }" to the workflow',
    }));
}

/** Steps of quantgate whose job lacks a permission that their mode needs. */
export function missing(workflow: Workflow): DoctorFinding[] {
  return quantgateSteps(workflow).flatMap(({ job, step, where, permissions }) => {
    if (permissions === undefined) return [];
    const modes = modesOf(workflow, step);
    const lacking = modes
      .flatMap((mode) => Object.entries(needs[mode] ?? {}))
      .filter(([scope, level]) => !grants(permissions, scope, level))
      .map(([scope, level]) => `${scope}: ${level}`);
    if (lacking.length === 0) return [];
    return {
      where,
      what: `job ${quote(job)} lacks permissions that mode ${modes.join(' and ')} needs`,
      remedy: `add "${[...new Set(lacking)].join(', ')}" to its permissions`,
    };
  });
}

/** Steps of quantgate that parse models of pull requests while their job may write. */
export function parsesWithWriteToken(workflow: Workflow): DoctorFinding[] {
  return quantgateSteps(workflow).flatMap(({ job, step, where, permissions }) => {
    const parses = modesOf(workflow, step).some((mode) => mode !== 'report' && mode !== 'command');
    const scopes = parses ? writable(permissions) : [];
    if (scopes.length === 0) return [];
    return {
      where,
      what: `job ${quote(job)} parses models of pull requests and holds ${printable(scopes.join(', '))}`,
      remedy: 'let it only read, and write from a job of its own',
    };
  });
}

function quantgateSteps(workflow: Workflow) {
  return stepsOf(workflow)
    .filter(({ step }) => isQuantgate(workflow, step))
    .map(({ job, index, step }) => ({
      job,
      step,
      where: workflow.locate(['jobs', job, 'steps', index, 'uses']),
      permissions: workflow.jobs[job].permissions ?? workflow.permissions,
    }));
}

function grants(permissions: Permissions, scope: string, level: Level): boolean {
  if (permissions === 'write-all') return true;
  if (permissions === 'read-all') return level === 'read';
  const given = permissions[scope];
  return given === 'write' || given === level;
}

function writable(permissions: Permissions | undefined): string[] {
  if (permissions === 'write-all') return ['write-all'];
  if (permissions === undefined || permissions === 'read-all') return [];
  return Object.entries(permissions).flatMap(([scope, level]) =>
    level === 'write' ? [`${scope}: write`] : [],
  );
}
