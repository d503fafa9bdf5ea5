import { join } from 'node:path';
import { numbersOf } from '../../data/convert.ts';
import { sampleFolder } from '../../data/sample-folder.ts';
import { type CodedOutput, withCodedOutputs } from '../../emulation/coded-outputs.ts';
import { quote, UserError } from '../../errors.ts';
import { elementCount, type Tensor } from '../../numerics/tensor.ts';
import { nodeNames } from '../../quantization/layer.ts';
import { openModel } from '../../runtime/open-model.ts';
import {
  addCodes,
  type CodeDifferences,
  codesOf,
  noDifferences,
  type TensorGrid,
} from '../../verification/code-differences.ts';
import { type LayerDifferences, layerDifferences } from '../../verification/layer-differences.ts';
import type { Candidate } from '../judge.ts';
import type { Context, Prepared } from '../prepare.ts';
import { readNpyOutput } from './read-output.ts';
import { inFolders, openChecked } from './write-samples.ts';

/** Values of all compared tensors of one sample, 256 MiB of float32: what a graph has beyond them is left out, largest first. */
const MAX_ELEMENTS = 2 ** 26;

/** A quantized activation that can be compared inside of the model. */
export interface InnerTensor {
  readonly tensor: string;
  /** The operator that makes it. */
  readonly layer: string;
}

/** The tensors to ask for: those that the target quantizes and an operator makes, in the order of the graph. */
export function innerTensors(
  { shaped }: Pick<Prepared, 'shaped'>,
  { quantized: { model, parameters } }: Pick<Candidate, 'quantized'>,
): { readonly tensors: readonly InnerTensor[]; readonly notes: readonly string[] } {
  const all = [...nodeNames(model.view.graph)].flatMap(([node, layer]) =>
    node.output
      .filter((tensor) => parameters.activations.has(tensor))
      .map((tensor) => {
        const dims = shaped.tensors.get(tensor)?.dims?.map((d) => d ?? 1) ?? [];
        return { tensor, layer, elements: elementCount(dims) };
      }),
  );
  let left = all.reduce((sum, { elements }) => sum + elements, 0);
  const tooLarge = new Set<string>();
  for (const { tensor, elements } of all.toSorted((a, b) => b.elements - a.elements)) {
    if (left <= MAX_ELEMENTS) break;
    tooLarge.add(tensor);
    left -= elements;
  }
  const notes =
    tooLarge.size > 0 ? [`the largest ${tooLarge.size} of ${all.length} tensors are not compared`] : [];
  return { tensors: all.filter(({ tensor }) => !tooLarge.has(tensor)), notes };
}

/** What a consumer has written of the tensors inside of a model. */
export interface InnerResults {
  /** Absolute folder of the results. */
  readonly folder: string;
  /** The tensors that were asked for, in the order of their files; the model's outputs first. */
  readonly outputs: readonly string[];
  readonly samples: number;
}

/**
 * Compares the codes of the tensors inside of a model with those of its emulation, on the first samples. A tensor that
 * cannot be read or has another shape is left out, and a note says so.
 */
export async function compareLayers(
  prepared: Prepared,
  { quantized, emulation }: Candidate,
  { folder, outputs, samples }: InnerResults,
  context: Context,
): Promise<{ readonly differences: LayerDifferences; readonly notes: readonly string[] }> {
  const { tensors } = innerTensors(prepared, { quantized });
  const coded = withCodedOutputs(
    emulation,
    tensors.map(({ tensor }) => tensor),
  );
  const seen = new Map<string, CodeDifferences>(
    [...coded.outputs.keys()].map((name) => [name, noDifferences()]),
  );
  const problems = new Map<string, string>();
  const dataset = await openChecked(prepared, samples, context);
  const session = await openModel(coded.model, { optimize: emulation.optimize }, context.runtime);
  try {
    let index = 0;
    for await (const { inputs } of inFolders(dataset, prepared, context.signal)) {
      const results = await session.run(inputs);
      const own = sampleFolder(index++);
      for (const [name, output] of coded.outputs) {
        if (problems.has(name)) continue;
        const emulated = results[output.output];
        const where = `tensor ${quote(name)} of sample ${own}`;
        const file = join(folder, own, `${outputs.indexOf(name)}.npy`);
        try {
          const expected = { type: 'float32', dims: emulated.dims } as const;
          const measured = await readNpyOutput(file, where, expected);
          const grid = gridOf(quantized, name);
          if (measured !== undefined)
            addCodes(seen.get(name)!, codesIn(emulated, output, grid), numbersOf(measured), grid);
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
          problems.set(name, error.message);
        }
      }
    }
  } finally {
    await session.close();
    await dataset.close();
  }
  const compared = tensors
    .filter(({ tensor }) => seen.has(tensor) && !problems.has(tensor))
    .map((each) => ({ ...each, seen: seen.get(each.tensor)! }));
  const [first] = problems.values();
  const notes = first === undefined ? [] : [`${problems.size} tensors are not compared, the first: ${first}`];
  return { differences: layerDifferences(compared), notes };
}

function gridOf({ parameters, scheme }: Candidate['quantized'], name: string): TensorGrid {
  const params = parameters.activations.get(name)!;
  return { params, grid: params.grid, rounding: scheme.target.rounding };
}

function codesIn(tensor: Tensor, { form }: CodedOutput, grid: TensorGrid): ArrayLike<number> {
  const values = numbersOf(tensor);
  if (form === 'codes') return values;
  if (form === 'integers') return values.map((value: number) => value + grid.params.zeroPoint);
  return codesOf(values, grid);
}
