import { create } from '@bufbuild/protobuf';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import type { Emulation } from './emulated-model.ts';

/** How an output of an emulation tells the codes of a tensor: as real values on its grid, as codes, or less the zero point. */
export type CodeForm = 'reals' | 'codes' | 'integers';

/** An output of an emulation that tells the codes of an activation. */
export interface CodedOutput {
  readonly output: string;
  readonly form: CodeForm;
}

/**
 * An emulation that gives out its quantized activations alone.
 *
 * @param activations names in the user's model; those of which nothing is left in the emulation are passed over
 * @returns with the output of each activation
 */
export function withCodedOutputs(
  { model, inserted }: Pick<Emulation, 'model' | 'inserted'>,
  activations: readonly string[],
): { readonly model: ModelProto; readonly outputs: ReadonlyMap<string, CodedOutput> } {
  const graph = model.graph!;
  const made = new Set(graph.node.flatMap(({ output }) => output));
  const outputs = new Map<string, CodedOutput>();
  for (const name of activations) {
    const { quantized, codes, integers } = inserted.get(name) ?? {};
    const forms = { reals: quantized, codes, integers };
    const found = (Object.entries(forms) as [CodeForm, string | undefined][]).find(
      ([, output]) => output !== undefined && made.has(output),
    );
    if (found !== undefined) outputs.set(name, { form: found[0], output: found[1]! });
  }
  const output = [...new Set([...outputs.values()].map((each) => each.output))].map((name) =>
    create(ValueInfoProtoSchema, { name }),
  );
  return { model: shallow(model, { graph: shallow(graph, { output }) }), outputs };
}
