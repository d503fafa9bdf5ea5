import { join } from 'node:path';
import { type AsTensors, asTensors } from '../as-tensors.ts';
import { gate } from '../command.ts';
import { mebibytes, medians, seconds, table, times } from '../figures.ts';
import type { Bench, Part } from '../part.ts';
import { python, versionsOf } from '../python.ts';

/** What `quantize_static.py` prints. */
interface Steps {
  readonly start: number;
  readonly quantize: number;
  readonly evaluate: Readonly<Record<string, number>>;
}

/** A gate with one target beside quantizing and evaluating with ONNX Runtime's Python, in turns, on the same arrays. */
export const besidePython: Part = {
  title: "Beside ONNX Runtime's Python, one target",
  async measure(bench) {
    const versions = versionsOf(['onnxruntime', 'onnx', 'numpy']);
    if (versions === undefined) return 'Not measured: Python has no onnx and onnxruntime here.';
    const all: (Row | undefined)[] = [];
    const names: string[] = [];
    for (const subject of bench.subjects) {
      const tensors = await asTensors(subject);
      names.push(`${subject.name}, batches of ${tensors.batchSize}`);
      all.push(inTurns(tensors, bench));
    }
    const row = (title: string, cell: (row: Row) => string) => [
      title,
      ...all.map((each) => (each === undefined ? 'ended with an error' : cell(each))),
    ];
    const rows = [
      row('gate', ({ wall }) => seconds(wall)),
      row('of it attribution and advice', ({ explained }) => seconds(explained)),
      row('Python: start', ({ start }) => seconds(start)),
      row('Python: `quantize_static`', ({ quantize }) => seconds(quantize)),
      row('Python: evaluate FP32 and INT8, one sample at a time', ({ single }) => seconds(single)),
      row('the same in batches', ({ batched }) => seconds(batched)),
      row('**gate beside Python, one sample at a time**', (r) => times(r.wall / pythonOf(r, 'single'))),
      row('**gate beside Python in batches**', (r) => times(r.wall / pythonOf(r, 'batched'))),
      row('the same without attribution and advice', (r) =>
        times((r.wall - r.explained) / pythonOf(r, 'batched')),
      ),
      row('memory of the gate at its peak', ({ peak }) => mebibytes(peak)),
      row('memory of Python', ({ memory }) => mebibytes(memory)),
    ];
    return `${table(['', ...names], rows)}\n\nPython: ${versions}.`;
  },
};

type Row = ReturnType<typeof figuresOf>;

const pythonOf = (row: Row, evaluation: 'single' | 'batched') => row.start + row.quantize + row[evaluation];

/** The median of runs of both, undefined where one of them does not take the model. */
function inTurns(subject: AsTensors, { runs, say }: Bench): Row | undefined {
  try {
    return medians(
      Array.from({ length: runs }, (_, run) => {
        say(`${subject.name} beside Python, run ${run + 1}`);
        return figuresOf(subject);
      }),
    );
  } catch (error) {
    say(String(error));
    return undefined;
  }
}

function figuresOf(subject: AsTensors) {
  const { folder, file, model, calibration, evaluation, batchSize } = subject;
  const { wall, peak, explained } = gate(subject, ['onnxruntime']);
  const job = {
    model: join(folder, model.path),
    samples: join(folder, file),
    calibration,
    evaluation,
    batches: [...new Set([1, batchSize])],
    out: join(folder, 'quantized.onnx'),
  };
  const { result: steps, peak: memory } = python<Steps>('quantize_static.py', job, folder);
  return {
    wall,
    peak,
    memory,
    explained,
    start: steps.start,
    quantize: steps.quantize,
    single: steps.evaluate[1],
    batched: steps.evaluate[batchSize],
  };
}
