import type { TargetConfig } from '../config/target-id.ts';
import { qdqModel } from '../emulation/qdq-model.ts';
import { type ChipManifest, MANIFEST } from '../formats/manifest.ts';
import type { LeftOut, ParameterFormat } from '../formats/parameter-set.ts';
import { serializeModel } from '../onnx/model.ts';
import { weightBytes } from '../runtime/open-model.ts';
import { sha256Of } from '../sha256.ts';
import { encodingVersions } from '../targets/snpe.ts';
import type { QdqRules } from '../targets/target.ts';
import { version } from '../version.ts';
import { parameterSetOf } from './export-parameters.ts';
import type { Candidate } from './judge.ts';
import type { Prepared } from './prepare.ts';

/** A file to write, at a path relative to the folder of the report, with `/`. */
export interface ChipFile {
  readonly path: string;
  readonly content: string | Uint8Array;
}

/** Protobuf's limit of one message, with room for the graph. */
const MAX_QDQ_BYTES = 2e9;

/** Left-out tensors that a README names; the manifest has all of them. */
const MAX_LEFT_OUT = 20;

/**
 * The parameter files of a target for its vendor's tools, with a README that says how to hand them over and a
 * manifest with their hashes.
 *
 * @throws UserError when a format cannot hold the parameters of this model at all
 */
export function chipFilesOf(prepared: Prepared, candidate: Candidate): ChipFile[] {
  const { model, config } = prepared;
  const { config: target, quantized } = candidate;
  const set = parameterSetOf(quantized);
  const written: Written[] = formatsOf(target, candidate).flatMap((format) => {
    const { text, left } = format.write(set);
    return [{ file: format.file, content: text, left }, ...companionsOf(format)];
  });
  const { qdq } = quantized.scheme.target;
  if (qdq !== undefined) written.push(qdqFile(candidate, qdq));
  const readme = { file: 'README.md', content: readmeOf(prepared, candidate, written), left: [] };
  const files = [...written, readme].flatMap(({ file, content }) =>
    content === undefined ? [] : [{ file, content }],
  );
  const manifest: ChipManifest = {
    quantgateChip: 1,
    tool: version,
    model: config.name,
    modelSha256: model.sha256,
    target: target.id,
    chip: target.chip,
    files: files.map(({ file, content }) => ({ file, sha256: sha256Of(content) })),
    left: written.flatMap(({ file, left }) => left.map((each) => ({ file, ...each }))),
  };
  const all = [...files, { file: MANIFEST, content: `${JSON.stringify(manifest, null, 2)}\n` }];
  return all.map(({ file, content }) => ({ path: `chips/${config.name}/${target.id}/${file}`, content }));
}

interface Written {
  readonly file: string;
  /** Undefined for a file that cannot be written for this model: `left` says why. */
  readonly content: string | Uint8Array | undefined;
  readonly left: readonly LeftOut[];
}

function formatsOf({ encodings }: TargetConfig, { quantized }: Candidate): readonly ParameterFormat[] {
  return encodings === undefined ? quantized.scheme.target.formats : [encodingVersions[encodings]];
}

/** The model with explicit Q/DQ, which the integer kernels have run already where they did, or why there is none. */
function qdqFile({ quantized, kernels }: Candidate, rules: QdqRules): Written {
  const result = kernels !== undefined && 'model' in kernels ? kernels : qdqModel(quantized, rules);
  const without = (why: string): Written => {
    return { file: rules.file, content: undefined, left: [{ name: rules.file, why }] };
  };
  if ('obstacle' in result) return without(result.obstacle);
  if (weightBytes(result.model) > MAX_QDQ_BYTES)
    return without('its weights take more than 2 GB, and one ONNX file holds no more than 2 GiB');
  return { file: rules.file, content: serializeModel(result.model), left: [] };
}

function companionsOf({ companions = [] }: ParameterFormat): Written[] {
  return companions.map(({ file, text }) => ({ file, content: text, left: [] }));
}

function readmeOf(
  { config, model }: Prepared,
  { quantized: { scheme } }: Candidate,
  written: readonly Written[],
): string {
  const { title, handOver, arithmetic } = scheme.target;
  const left = written.flatMap(({ file, left: names }) => names.map((each) => ({ file, ...each })));
  const shown = left
    .slice(0, MAX_LEFT_OUT)
    .map(({ file, name, why }) => `- ${file}: ${JSON.stringify(name)}: ${why}`);
  const more =
    left.length > shown.length ? [`- ${left.length - shown.length} more are in manifest.json`] : [];
  const { granularity, weightBits, activationBits, range } = scheme;
  return [
    `# ${config.name} on ${title}`,
    `Made by quantgate ${version} of the model with SHA-256 \`${model.sha256}\`: weights of ${weightBits} bits ` +
      `${granularity}, activations of ${activationBits} bits, ranges by ${range === 'file' ? 'the file' : range}. The hashes of all files are in \`manifest.json\`.`,
    handOver.trim(),
    ...(arithmetic.assumed === '' ? [] : [`Assumed when the accuracy was measured: ${arithmetic.assumed}.`]),
    ...(left.length === 0 ? [] : ['## Left out', [...shown, ...more].join('\n')]),
  ]
    .join('\n\n')
    .concat('\n');
}
