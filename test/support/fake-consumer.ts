import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { npyTensor } from '../../src/data/npy-tensor.ts';
import { npyBytes } from '../../src/data/write-npy.ts';
import type { Tensor } from '../../src/numerics/tensor.ts';
import { ValueInfoProtoSchema } from '../../src/onnx/gen/onnx_pb.ts';
import { parseModel, serializeModel } from '../../src/onnx/model.ts';
import type { ConsumerJob, RunConsumer } from '../../src/pipeline/verify/consumer.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';

export type AskedJob = ConsumerJob & {
  readonly samples: number;
  readonly calibration: number;
};

/** What a fake library does other than it should. */
export interface Quirks {
  /** Makes another tensor of one; undefined leaves it out. */
  readonly change?: (tensor: Tensor, name: string, sample: number) => Tensor | undefined;
  /** The last line that it prints. */
  readonly tells?: string;
  /** Is given each job before it is done. */
  readonly sees?: (job: AskedJob, folder: string) => void;
}

/** A consumer that runs the model with Q/DQ by ONNX Runtime, in this process, and shows any tensor that it has. */
export function qdqConsumer({ change = (tensor) => tensor, tells, sees }: Quirks = {}): RunConsumer {
  return async (_, folder) => {
    const job: AskedJob = JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'));
    sees?.(job, folder);
    const model = parseModel(readFileSync(job.qdq!), 'qdq');
    const graph = model.graph!;
    const made = new Set(graph.node.flatMap(({ output }) => output));
    const shown = job.outputs.filter((name) => made.has(name));
    graph.output = shown.map((name) => create(ValueInfoProtoSchema, { name }));
    const session = await (await startRuntime('cpu')).open(serializeModel(model), { optimize: 'float' });
    for (let sample = 0; sample < job.samples; sample++) {
      const name = String(sample).padStart(6, '0');
      const inputs = job.inputs.map(
        (port, i) =>
          [port.name, npyTensor(readFileSync(join(folder, 'samples', name, `${i}.npy`)), name)] as const,
      );
      const results = await session.run(Object.fromEntries(inputs));
      mkdirSync(join(folder, 'results', name));
      for (const output of shown) {
        const changed = change(results[output]!, output, sample);
        const file = join(folder, 'results', name, `${job.outputs.indexOf(output)}.npy`);
        if (changed !== undefined) writeFileSync(file, npyBytes(changed));
      }
    }
    await session.close();
    const told = { library: 'Fake', version: '1.2', shown, notes: ['it is a fake'] };
    return { code: 0, stdout: `hello\n${tells ?? JSON.stringify(told)}\n`, stderr: '' };
  };
}
