import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { npyBytes } from '../src/data/write-npy.ts';
import { openSamples } from '../src/pipeline/open-samples.ts';
import { prepareSubject } from './prepared.ts';
import type { Subject } from './subject.ts';

/** A subject whose samples are one array of what its only input reads, so that others can read them as they are. */
export interface AsTensors extends Subject {
  /** The array, in the subject's folder. */
  readonly file: string;
  /** Samples that quantgate runs together. */
  readonly batchSize: number;
}

/** Decodes and preprocesses the samples of a subject into one file. */
export async function asTensors(subject: Subject): Promise<AsTensors> {
  const { folder, model } = subject;
  const { prepared, context } = await prepareSubject(subject, ['onnxruntime']);
  const { config } = prepared;
  const [{ name }] = prepared.model.inputs;
  const dataset = await openSamples({ ...config.evaluation, range: undefined }, prepared, context.place);
  const count = dataset.length!;
  const file = 'tensors.npy';
  const stream = createWriteStream(join(folder, file));
  let isFirst = true;
  for await (const { inputs } of dataset.samples()) {
    const { type, dims, data } = inputs[name];
    const whole = { type, dims: [count, ...dims.slice(1)], data: data.subarray(0, 0) };
    if (isFirst) stream.write(npyBytes(whole));
    isFirst = false;
    if (!stream.write(Buffer.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))))
      await once(stream, 'drain');
  }
  await dataset.close();
  stream.end();
  await once(stream, 'finish');
  const { preprocess: _, ...rest } = model;
  const { inputs } = config.evaluation;
  const listed = typeof inputs === 'string' && inputs.endsWith('.csv') ? { labels: inputs } : {};
  return {
    ...subject,
    model: {
      ...rest,
      calibration: { inputs: file },
      evaluation: { ...listed, ...model.evaluation, inputs: file },
    },
    file,
    batchSize: prepared.batchSize,
  };
}
