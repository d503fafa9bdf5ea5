import { join } from 'node:path';
import { asTensors } from '../as-tensors.ts';
import { gate } from '../command.ts';
import { medians, seconds, table, times } from '../figures.ts';
import type { Bench, Part } from '../part.ts';
import { python, versionsOf } from '../python.ts';
import type { Subject } from '../subject.ts';

/** As many as quantgate measures the costliest layers on; AIMET's documents advise a whole evaluation. */
const PROBES = 8;

/** What each layer costs: the attribution of `snpe` beside AIMET's sensitivity analysis, in turns. */
export const besideAimet: Part = {
  title: "Attribution beside AIMET's sensitivity analysis",
  async measure(bench) {
    const versions = versionsOf(['aimet_onnx', 'onnxruntime']);
    if (versions === undefined) return 'Not measured: Python has no aimet-onnx here.';
    const rows: string[][] = [];
    for (const subject of bench.subjects) rows.push([subject.name, ...(await cellsOf(subject, bench))]);
    const head = [
      '',
      'layers',
      'attribution',
      "AIMET's layers",
      'AIMET',
      'beside AIMET',
      'a layer beside AIMET',
    ];
    return `${table(head, rows)}\n\nAIMET on ${PROBES} samples a layer. ${versions}.`;
  },
};

async function cellsOf(subject: Subject, { runs, say }: Bench): Promise<string[]> {
  const { batchSize, file, ...tensors } = await asTensors(subject);
  const { folder, model, calibration, evaluation } = tensors;
  const job = {
    model: join(folder, model.path),
    samples: join(folder, file),
    calibration,
    probes: [evaluation[0], evaluation[0] + PROBES],
    batch: Math.min(batchSize, PROBES),
  };
  try {
    const found = Array.from({ length: runs }, (_, run) => {
      say(`${subject.name} beside AIMET, run ${run + 1}`);
      const { report, seconds: of } = gate(tensors, ['snpe']);
      const [target] = report.models[0].targets;
      const { result } = python<{ layers: number; seconds: number }>('aimet_sensitivity.py', job, folder);
      return {
        layers: 'layers' in target ? target.layers.length : 0,
        ours: of('snpe/attribute'),
        theirs: result.layers,
        aimet: result.seconds,
      };
    });
    const { layers, ours, theirs, aimet } = medians(found);
    const ratios = [ours / aimet, ours / layers / (aimet / theirs)];
    return [`${layers}`, seconds(ours), `${theirs}`, seconds(aimet), ...ratios.map(times)];
  } catch (error) {
    say(String(error));
    return ['ended with an error', ...Array(5).fill('–')];
  }
}
