import type { TargetConfig } from '../config/target-id.ts';
import { deliveredModel } from '../emulation/delivered-model.ts';
import { onGridModel } from '../emulation/on-grid-model.ts';
import { quote } from '../errors.ts';
import { type ChipManifest, MANIFEST } from '../formats/manifest.ts';
import type { LeftOut, ParameterFormat } from '../formats/parameter-set.ts';
import { FLOAT_BITS } from '../numerics/grid.ts';
import { serializeModel } from '../onnx/model.ts';
import { plainJson, plainLine } from '../plain.ts';
import { ownBits } from '../quantization/own-bits.ts';
import type { Quantized } from '../quantization/quantized.ts';
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
export const MAX_ONNX_BYTES = 2e9;

/** The name that the vendors' commands have. */
export const REPAIRED = 'model.onnx';

/** How to hand the files over: no tool reads it. */
export const README = 'README.md';

/** Left-out tensors that a README names; the manifest has all of them. */
const MAX_LEFT_OUT = 20;

/** Layers of another precision that a README names; the files have all of them. */
const MAX_LAYERS = 50;

/**
 * The parameter files of a target for its vendor's tools, with a README that says how to hand them over and a
 * manifest with their hashes. For a repaired model they come with that model, whose names they have.
 *
 * @param folder that the folders of models are in
 * @throws UserError when a format cannot hold the parameters of this model at all
 */
export function chipFilesOf(prepared: Prepared, candidate: Candidate, folder = 'chips'): ChipFile[] {
  const { model, config } = prepared;
  const { config: target, quantized } = candidate;
  const set = parameterSetOf(quantized, target.recipe.length > 0 ? new Map() : quantized.model.weightNames);
  const written: Written[] = formatsOf(target, candidate).flatMap((format) => {
    const { text, left } = format.write(set);
    return [{ file: format.file, content: text, left }, ...companionsOf(format)];
  });
  const { qdq } = quantized.scheme.target;
  if (qdq !== undefined) written.push(qdqFile(candidate, qdq));
  if (target.recipe.length > 0) written.push(repairedFile(candidate));
  const readme = { file: README, content: readmeOf(prepared, candidate, written), left: [] };
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
  const all = [...files, { file: MANIFEST, content: `${plainJson(JSON.stringify(manifest, null, 2))}\n` }];
  return all.map(({ file, content }) => ({ path: `${folder}/${config.name}/${target.id}/${file}`, content }));
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
  const result = kernels !== undefined && 'model' in kernels ? kernels : deliveredModel(quantized, rules);
  const without = (why: string): Written => {
    return { file: rules.file, content: undefined, left: [{ name: rules.file, why }] };
  };
  if ('obstacle' in result) return without(result.obstacle);
  if (weightBytes(result.model) > MAX_ONNX_BYTES)
    return without('its weights take more than 2 GB, and one ONNX file holds no more than 2 GiB');
  return { file: rules.file, content: serializeModel(result.model), left: [] };
}

/** The repaired model, or why it is not written. */
function repairedFile({ quantized }: Candidate): Written {
  const model = onGridModel(quantized);
  if (weightBytes(model) <= MAX_ONNX_BYTES)
    return { file: REPAIRED, content: serializeModel(model), left: [] };
  const why = 'its weights take more than 2 GB, and one ONNX file holds no more than 2 GiB';
  return { file: REPAIRED, content: undefined, left: [{ name: REPAIRED, why }] };
}

function companionsOf({ companions = [] }: ParameterFormat): Written[] {
  return companions.map(({ file, text }) => ({ file, content: text, left: [] }));
}

function readmeOf({ config, model }: Prepared, candidate: Candidate, written: readonly Written[]): string {
  const { config: target, quantized, taken } = candidate;
  const { scheme } = quantized;
  const { title, arithmetic } = scheme.target;
  const left = written.flatMap(({ file, left: names }) => names.map((each) => ({ file, ...each })));
  const shown = left
    .slice(0, MAX_LEFT_OUT)
    .map(({ file, name, why }) => `- ${file}: ${quote(name)}: ${plainLine(why)}`);
  const more =
    left.length > shown.length ? [`- ${left.length - shown.length} more are in manifest.json`] : [];
  const { granularity, weightBits, activationBits, blockSize, range } = scheme;
  const codes =
    scheme.target.precision === undefined
      ? `weights of ${weightBits} bits ${blockSize === undefined ? granularity : `in blocks of ${blockSize}`}, ` +
        (activationBits === FLOAT_BITS
          ? 'activations in floating point'
          : `activations of ${activationBits} bits`)
      : `weights and activations in FP8 E4M3, weights ${granularity}`;
  return [
    `# ${config.name} on ${title}`,
    `Made by quantgate ${version} of the model with SHA-256 \`${model.sha256}\`: ${codes}, ` +
      `ranges by ${range === 'file' ? 'the file' : range}. The hashes of all files are in \`manifest.json\`.`,
    ...repairLines(target, taken, scheme.target.qdq),
    ...otherPrecision(quantized),
    ...handOverLines(target, candidate, written),
    ...(arithmetic.assumed === '' ? [] : [`Assumed when the accuracy was measured: ${arithmetic.assumed}.`]),
    ...(left.length === 0 ? [] : ['## Left out', [...shown, ...more].join('\n')]),
  ]
    .join('\n\n')
    .concat('\n');
}

/** The commands, and whence the model that they name; none where no file of theirs could be written. */
function handOverLines(target: TargetConfig, candidate: Candidate, written: readonly Written[]): string[] {
  const { scheme } = candidate.quantized;
  const isThere = (name: string) =>
    written.some(({ file, content }) => file === name && content !== undefined);
  const formats = formatsOf(target, candidate);
  if (formats.length === 0 && !isThere(scheme.target.qdq?.file ?? '')) return [];
  const commands = scheme.target.handOver(scheme.float ?? 'fp32', formats).trim();
  if (isThere(REPAIRED) || !/(?<![\w.])model\.onnx/.test(commands)) return [commands];
  return [
    `\`${REPAIRED}\` below is the model that was judged, which is not in this folder: copy it here.`,
    commands,
  ];
}

/** What was done to the model, and which file to hand over. */
function repairLines(
  { recipe }: TargetConfig,
  taken: Candidate['taken'],
  qdq: QdqRules | undefined,
): string[] {
  if (recipe.length === 0) return [];
  const steps = taken.map(({ step, layers }) =>
    layers === undefined ? step : `${step} (${layers === 1 ? '1 layer' : `${layers} layers`})`,
  );
  const did =
    steps.length === 0 ? 'No step of its recipe found anything to do' : `Repaired by ${steps.join(', ')}`;
  const bounds = taken.some(({ step }) => step === 'equalize')
    ? ' A Clip between equalized layers is a Relu and a Min with a bound for each channel there: one operator more.'
    : '';
  const file =
    qdq === undefined
      ? `hand over \`${REPAIRED}\` of this folder in place of the model that was judged`
      : `\`${qdq.file}\` holds the repaired model, as \`${REPAIRED}\` does in FP32 where a tool takes that`;
  return [
    `${did}, on calibration samples: ${file}. The weights of \`${REPAIRED}\` lie on their grids already, so that rounding to nearest makes the codes that were measured.${bounds}`,
  ];
}

/** The layers that have another precision than the rest, on a line. */
function otherPrecision(quantized: Quantized): string[] {
  const bits = [...ownBits(quantized)].map(([name, { activations, weights }]) => {
    const parts = [
      ...(activations === undefined ? [] : [`activations of ${activations} bits`]),
      ...(weights === undefined ? [] : [`weights of ${weights} bits`]),
    ];
    return `${quote(name)} ${parts.join(' and ')}`;
  });
  const floats = [...quantized.precision.floats].map((name) => `${quote(name)} floating point`);
  const all = [...bits, ...floats];
  if (all.length === 0) return [];
  const more = all.length > MAX_LAYERS ? `; and ${all.length - MAX_LAYERS} more` : '';
  return [`Of another precision than the rest: ${all.slice(0, MAX_LAYERS).join('; ')}${more}.`];
}
