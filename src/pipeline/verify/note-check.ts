import type { Baseline } from '../../baseline/baseline.ts';
import { withHistory } from '../../baseline/with-history.ts';
import type { Snapshot } from '../../history/snapshot.ts';
import type { JudgedTarget, Report, TargetReport } from '../../report/report-schema.ts';
import { type CheckedTarget, verifiedOf } from '../../verification/verification-schema.ts';
import type { ModelCheck } from './verify-model.ts';

/** Something that keeps checks, with them, and a line for each that it cannot keep. */
export interface Noted<T> {
  readonly kept: T;
  readonly refused: readonly string[];
}

/**
 * Adds what checks found to the report of the run whose files were checked: to targets of the same model with the same
 * parameters alone.
 *
 * @param date ISO 8601
 */
export function noteInReport(report: Report, checks: readonly ModelCheck[], date: string): Noted<Report> {
  const refused: string[] = [];
  const models = report.models.map((model) => {
    const check = checks.find((each) => each.model.name === model.name);
    if (check === undefined) return model;
    const isOther = check.model.modelSha256 !== model.modelSha256;
    const targets = model.targets.map((target): TargetReport => {
      const checked = checkedTarget(check, target.target);
      if (checked === undefined || target.verdict === 'error') return target;
      const why = isOther
        ? 'it is of another version of the model'
        : otherRanges(rangesOfReport(target), check.snapshots.get(target.target));
      if (why === undefined) return { ...target, verified: verifiedOf(checked, date) };
      refused.push(`not in report.json, ${model.name} on ${target.target}: ${why}`);
      return target;
    });
    return { ...model, targets };
  });
  return { kept: { ...report, models }, refused };
}

/** The same for a stored baseline, whose last recording in the history tells it as well. */
export function noteInBaseline(
  baseline: Baseline,
  { model, snapshots }: ModelCheck,
  date: string,
): Noted<Baseline> {
  const refused: string[] = [];
  const targets = baseline.targets.map((stored) => {
    const checked = checkedTarget({ model, snapshots }, stored.target);
    if (checked === undefined) return stored;
    const why =
      stored.modelSha256 === model.modelSha256
        ? otherRanges(stored.snapshot?.ranges ?? [], snapshots.get(stored.target))
        : 'it is of another version of the model';
    if (why === undefined) return { ...stored, verified: verifiedOf(checked, date) };
    refused.push(`not in the baseline, ${model.name} on ${stored.target}: ${why}`);
    return stored;
  });
  const earlier = (baseline.history ?? []).filter((point) => point.date !== baseline.date);
  return { kept: withHistory({ ...baseline, targets }, earlier), refused };
}

function checkedTarget({ model }: ModelCheck, target: string): CheckedTarget | undefined {
  const found = model.targets.find((each) => each.target === target);
  return found !== undefined && 'metric' in found ? found : undefined;
}

/** Of activations: those of weights follow from the model, and leave out what channels of zeros have. */
function rangesOfReport({ layers }: JudgedTarget): Snapshot['ranges'] {
  return layers.flatMap(({ tensors }) =>
    tensors
      .filter(({ kind }) => kind !== 'weight')
      .map(({ name, alpha, beta }): [string, [number, number]] => [name, [alpha, beta]]),
  );
}

/** Why parameters are not those that were checked; undefined where they are. */
function otherRanges(stated: Snapshot['ranges'], checked: Snapshot | undefined): string | undefined {
  const known = new Map(checked?.ranges);
  const both = stated.filter(([name]) => known.has(name));
  const isSame = ([name, [alpha, beta]]: Snapshot['ranges'][number]) => {
    const [a, b] = known.get(name)!;
    return a === alpha && b === beta;
  };
  return both.length > 0 && both.every(isSame) ? undefined : 'it is of other ranges';
}
