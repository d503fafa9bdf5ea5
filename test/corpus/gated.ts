import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Pin } from '../../src/config/pins.ts';
import type { TargetInput } from '../../src/config/target-id.ts';
import type { JudgedTarget, Report } from '../../src/report/report-schema.ts';
import { type CorpusModel, corpus, metaOf } from '../support/corpus.ts';
import { installedCli } from '../support/installed.ts';

/** What of a configuration a test chooses. */
export interface Choice {
  /** A file of the model's folder; model.onnx if left out. */
  readonly file?: string;
  readonly ranges?: readonly Pin[];
  readonly metric?: string;
  readonly maxDrop?: string | number;
  /** Whether layers are measured of a large model that passes, too. */
  readonly attributed?: boolean;
  /** Fewer samples than the splits of `meta.json`, so that a test takes seconds. */
  readonly calibration?: readonly [number, number];
  readonly evaluation?: readonly [number, number];
}

/** A corpus model in a folder of its own, with the configuration that a user would write. */
export interface CorpusProject {
  /** Runs the installed command line there. @throws Error with what it says when it ends with an error */
  run(...args: string[]): void;
  read(name: string): string;
  report(out?: string): Report;
  remove(): void;
}

export function corpusProject(
  model: CorpusModel,
  targets: readonly TargetInput[],
  choice: Choice = {},
): CorpusProject {
  const folder = mkdtempSync(join(tmpdir(), 'quantgate-corpus-'));
  cpSync(join(corpus, model), folder, { recursive: true });
  if (model === 'fastestdet') cpSync(join(import.meta.dirname, 'map50.mjs'), join(folder, 'map50.mjs'));
  writeFileSync(join(folder, 'quantgate.yml'), stringify(configOf(model, targets, choice)));
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return {
    run(...args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [installedCli(), ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env.PATH, CI: 'true' },
      });
      // 1 and 3 are verdicts.
      if (status === null || status === 2)
        throw new Error(`quantgate ${args.join(' ')} in ${model}: ${stdout}${stderr}`);
    },
    read,
    report: (out = 'quantgate-out') => JSON.parse(read(join(out, 'report.json'))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function configOf(model: CorpusModel, targets: readonly TargetInput[], choice: Choice) {
  const { preprocess, splits, inputs, labels } = metaOf(model);
  const { scale, mean, std, bgr = false } = preprocess;
  const named = { fastestdet: './map50.mjs', 'sed-unet': 'psnr' }[model as string] ?? 'top1';
  return {
    version: 1,
    provider: 'cpu',
    models: [
      {
        name: model,
        path: choice.file ?? 'model.onnx',
        preprocess: { scale, mean, std, bgr },
        calibration: { inputs: inputs.file, range: choice.calibration ?? splits.calibration },
        evaluation: {
          inputs: inputs.file,
          range: choice.evaluation ?? splits.evaluation,
          ...(labels.file !== inputs.file && { labels: labels.file }),
          metric: choice.metric ?? named,
        },
        targets,
        ranges: Object.fromEntries(
          (choice.ranges ?? []).map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]),
        ),
        recover: 'off',
        attribute: choice.attributed ? 'always' : 'on-failure',
        budget: { 'max-drop': choice.maxDrop ?? (model === 'sed-unet' ? 1 : '50pp') },
      },
    ],
  };
}

/** Gates one corpus model by the installed command line, and gives its judged targets by id. */
export function gateCorpus(
  model: CorpusModel,
  targets: readonly TargetInput[],
  choice: Choice = {},
): ReadonlyMap<string, JudgedTarget> {
  const project = corpusProject(model, targets, choice);
  try {
    project.run('run');
    const judged = project.report().models[0].targets.flatMap((t) => (t.verdict === 'error' ? [] : [t]));
    for (const each of judged) console.log(`${model} ${choice.file ?? ''} ${figuresOf(each)}`);
    return new Map(judged.map((each) => [each.target, each]));
  } finally {
    project.remove();
  }
}

function figuresOf({ target, metric, realInt8 }: JudgedTarget): string {
  const flips = metric.flips === null ? '' : `, lost ${metric.flips.lost}, gained ${metric.flips.gained}`;
  const int8 =
    realInt8 === undefined
      ? ''
      : `, int8 ${realInt8.quantized.toFixed(4)}, same greatest output ${realInt8.agreement.toFixed(4)}`;
  return `${target}: FP32 ${metric.fp32.toFixed(4)}, quantized ${metric.quantized.toFixed(4)}${flips}${int8}`;
}
