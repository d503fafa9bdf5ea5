import { describe, expect, it } from 'vitest';
import {
  type ExplanationShard,
  readExplanation,
  writeExplanation,
} from '../../../src/report/explanation-record.ts';
import { explanationOf } from '../../support/explanations.ts';
import { recovered } from '../../support/sample-reports.ts';

const PLAN = 'recovered/m/snpe/encodings.json';
const [plan, recovery] = [recovered.recovery!.plan!, recovered.recovery!];

/** A shard with a target that was recovered, whose plan and record name these files. */
function withFiles(files: readonly string[], stated: readonly string[] = files): ExplanationShard {
  const entry = {
    ...recovered,
    target: 'snpe',
    recovery: { ...recovery, plan: { ...plan, files: [...files] } },
  };
  const hashes = stated.map((path) => [path, 'e'.repeat(64)] as const);
  return { ...explanationOf('m', 1), targets: [{ entry, notAdvised: 'no room', recovered: hashes }] };
}

const reread = (shard: ExplanationShard) => readExplanation(writeExplanation(shard), 'x.json');

it('an explanation is read as it was written', () => {
  for (const shard of [explanationOf('m', 2), withFiles([PLAN])]) expect(reread(shard)).toEqual(shard);
});

describe('an explanation is refused', () => {
  it.each<[string, ExplanationShard]>([
    ['whose files are of another target', withFiles(['recovered/m/tensorrt/model.onnx'])],
    ['whose files are of another kind', withFiles(['chips/m/snpe/encodings.json'])],
    ['whose files lie deeper', withFiles(['recovered/m/snpe/a/b.json'])],
    ['whose files are not those of the plan', withFiles([PLAN], ['recovered/m/snpe/other.json'])],
    ['that states no hash of a file', withFiles([PLAN], [])],
  ])('%s', (_, shard) => {
    expect(() => reread(shard)).toThrow(
      'x.json is not an explanation (files of "snpe" are not those of its recovery): run npx --no -- quantgate explain again',
    );
  });

  it('that leads out of its folder, or is none', () => {
    expect(() => reread(withFiles(['recovered/m/snpe/../../x']))).toThrow(
      /^x\.json is not an explanation \(targets/,
    );
    expect(() => readExplanation('{}', 'x.json')).toThrow(/^x\.json is not an explanation/);
    const shard = { ...explanationOf('m', 1), shard: { index: 3, count: 2 } };
    expect(() => reread(shard)).toThrow('x.json is not an explanation (shard 3/2)');
  });
});
