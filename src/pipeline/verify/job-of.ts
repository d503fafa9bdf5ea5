import { access, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { qdqModel } from '../../emulation/qdq-model.ts';
import { serializeModel } from '../../onnx/model.ts';
import { weightBytes } from '../../runtime/open-model.ts';
import { MAX_ONNX_BYTES, REPAIRED } from '../export.ts';
import type { Candidate } from '../judge.ts';
import type { Context, Prepared } from '../prepare.ts';
import type { ConsumerJob } from './consumer.ts';

/** Of the file with explicit Q/DQ where the target writes none itself. */
const QDQ_FILE = 'model.qdq.onnx';

/**
 * What the consumer of a target is asked for, and why something that it may want is not there.
 *
 * @param files absolute folder of the chip's files
 * @param own absolute folder that may be written to
 */
export async function jobOf(
  { config, model }: Prepared,
  candidate: Candidate,
  { files, own }: { readonly files: string; readonly own: string },
  { place }: Context,
): Promise<{ readonly job: ConsumerJob; readonly notes: readonly string[] }> {
  const repaired = join(files, REPAIRED);
  const { qdq, notes } = await qdqFileOf(candidate, files, own);
  const job = {
    chip: candidate.config.chip,
    model: (await isThere(repaired)) ? repaired : resolve(place.folder, config.path),
    files,
    qdq,
    inputs: model.inputs.map(({ name, type }) => ({ name, type })),
    outputs: model.outputs.map(({ name }) => name),
    options: candidate.config.arch === undefined ? {} : { arch: candidate.config.arch as string },
  };
  return { job, notes };
}

async function qdqFileOf({ quantized }: Candidate, files: string, own: string) {
  const { target } = quantized.scheme;
  const delivered = join(files, target.qdq?.file ?? QDQ_FILE);
  if (await isThere(delivered)) return { qdq: delivered, notes: [] };
  const without = (why: string) => ({ qdq: null, notes: [`no model with Q/DQ could be given: ${why}`] });
  const written = qdqModel(quantized, { file: QDQ_FILE, bias: target.bias, maxBits: 16 });
  if ('obstacle' in written) return without(written.obstacle);
  if (weightBytes(written.model) > MAX_ONNX_BYTES) return without('its weights take more than 2 GB');
  const qdq = join(own, QDQ_FILE);
  await writeFile(qdq, serializeModel(written.model));
  return { qdq, notes: [] };
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
