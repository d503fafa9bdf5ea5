import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../src/action/change/change.ts';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import type { Judging } from '../../../src/action/change/judging-config.ts';
import type { Inputs } from '../../../src/action/inputs.ts';
import type { Job } from '../../../src/action/job.ts';
import { measure } from '../../../src/action/measure-models.ts';
import type { Config } from '../../../src/config/config.ts';
import { configSha256 } from '../../../src/config/config-hash.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Message } from '../../../src/supervision/message.ts';
import { sha } from '../../support/http-mocks.ts';
import { noise, tinyClassifier } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';

const SAMPLES = 16;
let workspace: string;
let out: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'quantgate-measure-'));
  writeFileSync(join(workspace, 'm.onnx'), serializeModel(tinyClassifier()));
  const inputs = { type: 'float32', dims: [SAMPLES, 1, 8, 8], data: noise(SAMPLES * 64, 42) } as const;
  writeFileSync(join(workspace, 'inputs.npy'), npyOf(inputs));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'quantgate-measured-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const model = (name: string, targets = 'tensorrt') => `  - name: ${name}
    path: m.onnx
    calibration: { inputs: inputs.npy }
    evaluation: { inputs: inputs.npy }
    targets: [${targets}]
    budget: { max-drop: 60pp, on-inconclusive: pass }
`;
const configOf = (models: string) =>
  parseConfig(`version: 1\nprovider: cpu\nmodels:\n${models}`, 'quantgate.yml');
const good = configOf(model('m'));
/** What can be measured by none. */
const broken = configOf(model('m').replaceAll('inputs.npy', 'gone.npy'));
const change: Change = { head: sha('a'), base: { commit: sha('b'), branch: 'main' }, pullRequest: 7 };

interface Given {
  readonly isChange?: boolean;
  readonly counts?: boolean;
  readonly problem?: string;
  /** Is called for each line of the log. */
  readonly info?: () => void;
}

type Proposed = { readonly config: Config } | { readonly problem: string };

async function run(
  judging: Pick<Judging, 'config'> & { readonly proposed: Proposed | undefined },
  given: Given = {},
) {
  const { isChange = true, info = () => {}, counts = false, problem } = given;
  const proposed = judging.proposed && { ...judging.proposed, counts };
  const log: string[] = [];
  const told: Message[] = [];
  const say = (line: string) => {
    info();
    log.push(line);
  };
  const place = placeOfConfig(workspace, 'quantgate.yml');
  const report = await measure(
    {
      judging: { ...judging, proposed, problem, absent: undefined },
      place,
      copies: new Map(),
      change: isChange ? change : undefined,
      out,
    },
    {
      api: undefined,
      job: {
        workspace,
        commit: sha('c'),
        manifests: '',
        cache: '',
        ownRuntime: undefined,
      } as Partial<Job> as Job,
      inputs: {} as Partial<Inputs> as Inputs,
      log: { info: say, notice: say, warning: say, error: say },
      tell: (message) => void told.push(message),
    },
  );
  return { report, isMeasuredTwice: log.some((line) => line.startsWith('once more')), told };
}

describe('the models are measured', () => {
  it('once where nothing else is proposed, at the head of the change', async () => {
    const { report, isMeasuredTwice } = await run({ config: good, proposed: undefined });
    expect(report).toMatchObject({ head: sha('a'), verdict: 'pass', models: [{ name: 'm' }] });
    expect(report).not.toHaveProperty('proposed');
    expect(isMeasuredTwice).toBe(false);
    const [{ files }] = report.models[0].targets as readonly { files: readonly string[] }[];
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(existsSync(join(out, file)), file).toBe(true);
  });

  it('at the commit of the job where no change is proposed', async () => {
    const { report } = await run({ config: good, proposed: undefined }, { isChange: false });
    expect(report.head).toBe(sha('c'));
  });

  it('once more by what is proposed, which decides nothing and leaves no files for chips', async () => {
    const other = configOf(model('m', 'onnxruntime') + model('n'));
    const { report, isMeasuredTwice } = await run({ config: good, proposed: { config: other } });
    expect(isMeasuredTwice).toBe(true);
    expect(report.configSha256).toBe(configSha256(good));
    expect(report.models.map(({ name, targets }) => [name, targets.map(({ target }) => target)])).toEqual([
      ['m', ['tensorrt']],
    ]);
    expect(report.proposed).toMatchObject({ verdict: 'pass' });
    expect(report.proposed?.reasons.map((reason) => reason.replace(/: .*/, ''))).toEqual([
      'm, onnxruntime',
      'n, tensorrt',
    ]);
    expect(readdirSync(join(out, 'chips'))).toEqual(['m']);
  });

  it('within the limits of the configuration that judges, whatever is proposed', async () => {
    const limited = (minutes: number) => ({ ...good, limits: { ...good.limits, minutes } });
    const { told } = await run({ config: limited(7), proposed: { config: limited(9000) } });
    const limits = told.flatMap((each) => (each.kind === 'measuring' ? [each.limits.minutes] : []));
    expect(limits).toEqual([7, 7]);
    expect(told.at(-1)).toEqual({ kind: 'measured' });
  });
});

describe('the worse of both verdicts counts', () => {
  const strict = configOf(
    model('m', '{ chip: snpe, weight-bits: 4, activation-bits: 4 }').replace(
      '60pp, on-inconclusive: pass',
      '0pp',
    ),
  );

  it('where the change exchanges what is judged', async () => {
    const { report } = await run({ config: good, proposed: { config: broken } }, { counts: true });
    expect(report).toMatchObject({ verdict: 'error', proposed: { verdict: 'error', counts: true } });
    const other = await run({ config: broken, proposed: { config: good } }, { counts: true });
    expect(other.report.verdict).toBe('error');
    const unread = await run({ config: good, proposed: { problem: 'gone' } }, { counts: true });
    expect(unread.report.verdict).toBe('error');
    const failing = await run({ config: good, proposed: { config: strict } }, { counts: true });
    expect(failing.report.proposed?.verdict).not.toBe('pass');
    expect(failing.report.verdict).toBe(failing.report.proposed?.verdict);
  });

  it('and is an error where the configuration of the base is not valid', async () => {
    const { report } = await run(
      { config: good, proposed: { config: good } },
      { problem: 'q.yml:1 is wrong' },
    );
    expect(report.verdict).toBe('error');
    expect(report.models[0].targets[0].reasons).toEqual(['q.yml:1 is wrong']);
    expect(report.models[0].modelSha256).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('what is proposed and cannot judge', () => {
  it('is said with the reason why it cannot be read', async () => {
    const { report } = await run({ config: good, proposed: { problem: 'x'.repeat(3000) } });
    expect(report.verdict).toBe('pass');
    expect(report.proposed).toEqual({ verdict: 'error', reasons: ['x'.repeat(2000)] });
  });

  it('is said with the reason why it cannot be measured', async () => {
    const { report } = await run({ config: good, proposed: { config: broken } });
    expect(report.verdict).toBe('pass');
    expect(report.proposed).toEqual({ verdict: 'error', reasons: [expect.stringContaining('gone.npy')] });
  });
});

describe('a base whose configuration cannot judge the change', () => {
  it('makes an error of it, whatever its own configuration says', async () => {
    const { report } = await run({ config: broken, proposed: { config: good } });
    expect(report).toMatchObject({ verdict: 'error', configSha256: configSha256(broken) });
    expect(report.models[0].targets).toEqual([
      {
        target: 'tensorrt',
        chip: 'tensorrt',
        verdict: 'error',
        reasons: [expect.stringContaining('gone.npy')],
      },
    ]);
    // With these a maintainer can accept it.
    expect(report.head).toBe(sha('a'));
    expect(report.models[0].modelSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(report.proposed).toMatchObject({
      verdict: 'pass',
      reasons: [expect.stringMatching(/^m, tensorrt: /)],
    });
  });

  it('can be accepted also where the file has another name in the proposed one', async () => {
    const moved = configOf(model('m').replace('path: m.onnx', 'path: before.onnx'));
    const { report } = await run({ config: moved, proposed: { config: good } });
    expect(report).toMatchObject({ verdict: 'error', configSha256: configSha256(moved) });
    expect(report.models[0].targets[0].reasons[0]).toContain('before.onnx');
    expect(report.models[0].modelSha256).toMatch(/^[0-9a-f]{64}$/);
    const renamed = configOf(model('old').replace('path: m.onnx', 'path: before.onnx'));
    const other = await run({ config: renamed, proposed: { config: good } });
    expect(other.report).toMatchObject({ verdict: 'error', configSha256: configSha256(renamed) });
    expect(other.report.models).toMatchObject([
      { name: 'm', targets: [{ verdict: 'error', reasons: [expect.stringMatching(/^old: before\.onnx/)] }] },
    ]);
  });

  it.each([
    ['cannot be read', { problem: 'it is gone' }],
    ['cannot judge either', { config: configOf(model('m').replaceAll('inputs.npy', 'lost.npy')) }],
  ])('is an error with its own problem where the proposed one %s', async (_, proposed) => {
    const { report } = await run({ config: broken, proposed });
    expect(report.models[0].targets[0].reasons[0]).toContain('gone.npy');
    expect(report).toMatchObject({ verdict: 'error', proposed: { verdict: 'error' } });
  });

  it('is an error where nothing is proposed, and leaves a report', async () => {
    const { report } = await run({ config: broken, proposed: undefined });
    expect(report.verdict).toBe('error');
    expect(report.models[0].targets[0].reasons[0]).toContain('gone.npy');
  });

  it('is not what a mistake of ours is taken for', async () => {
    let lines = 0;
    const info = () => {
      if (lines++ === 0) throw new RangeError('a mistake');
    };
    await expect(run({ config: good, proposed: { config: good } }, { info })).rejects.toThrow(RangeError);
  });
});
