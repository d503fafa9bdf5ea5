import { join } from 'node:path';
import { basename, dirname } from 'node:path/posix';
import { UserError } from '../../errors.ts';
import { isLfsPointer } from '../../lfs.ts';
import { type ModelHeader, readModelHeader } from '../../onnx/model-header.ts';

/** A model of a repository. */
export interface FoundModel {
  readonly path: string;
  readonly header: ModelHeader;
  /** Whether it is quantized already. */
  readonly isQuantized: boolean;
  /** The FP32 model beside it of one that is quantized already. */
  readonly reference: string | undefined;
}

/** Models that were found, and a line for each that is left out. */
export interface FoundModels {
  readonly models: readonly FoundModel[];
  /** Those that only have to be fetched. */
  readonly pointers: readonly string[];
  readonly problems: readonly string[];
}

/** Reads the headers of models; what is no model, or is quantized by operators that nothing here judges, is left out. */
export async function findModels(root: string, paths: readonly string[]): Promise<FoundModels> {
  const headers = new Map<string, ModelHeader>();
  const pointers: string[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    if (await isLfsPointer(join(root, path))) {
      pointers.push(path);
      continue;
    }
    try {
      const header = await readModelHeader(join(root, path), path);
      const refusal = refusalOf(header);
      if (refusal === undefined) headers.set(path, header);
      else problems.push(`${path}: ${refusal}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(`${error.message}; it is left out`);
    }
  }
  const models = [...headers].map(([path, header]) => {
    const isQuantized = isQdq(header);
    const reference = isQuantized ? floatBeside(path, headers) : undefined;
    return { path, header, isQuantized, reference };
  });
  return { models, pointers, problems };
}

const INTEGER = /^(QLinear|QAttention|QGemm|ConvInteger|MatMulInteger|DynamicQuantizeLinear|QEmbed)/;

function refusalOf({ inputs, outputs, operators }: ModelHeader): string | undefined {
  const integer = [...operators].find((each) => INTEGER.test(each));
  if (integer !== undefined)
    return `is quantized by ${integer}, which is not judged: export it with Q/DQ; it is left out`;
  if (inputs.length === 0) return 'has no input that can be fed; it is left out';
  if (outputs.length === 0) return 'has no output that can be measured; it is left out';
  return undefined;
}

function isQdq({ operators }: ModelHeader): boolean {
  return operators.has('QuantizeLinear') && operators.has('DequantizeLinear');
}

/** The words by which tools name what they quantized. */
const QUANTIZED = /[._-]?(quant(ized)?|qdq|int8|uint8|ptq|qat|static)(?=[._-]|$)/gi;
const FLOAT = /[._-]?(fp32|float32|float)(?=[._-]|$)/gi;

/** The model in the same folder whose name is the same but for these words, and that takes and gives the same. */
function floatBeside(path: string, headers: ReadonlyMap<string, ModelHeader>): string | undefined {
  const stem = (each: string) =>
    basename(each, '.onnx').replace(QUANTIZED, '').replace(FLOAT, '').toLowerCase();
  const ports = ({ inputs, outputs }: ModelHeader) =>
    JSON.stringify([inputs, outputs].map((all) => all.map(({ name, type }) => [name, type])));
  const own = headers.get(path)!;
  const [found] = [...headers].flatMap(([other, header]) =>
    other !== path &&
    dirname(other) === dirname(path) &&
    !isQdq(header) &&
    stem(other) === stem(path) &&
    ports(header) === ports(own)
      ? [other]
      : [],
  );
  return found;
}
