import { basename, dirname } from 'node:path/posix';
import type { Source } from '../../data/dataset.ts';
import type { Sides } from '../../data/images/fit-image.ts';
import type { Preprocess } from '../../data/preprocess.ts';
import { plainLine } from '../../plain.ts';
import type { NamedChip } from '../../targets/chip-names.ts';

const SCHEMA = 'https://raw.githubusercontent.com/quantgate/quantgate/main/schema/quantgate.schema.json';

/** A model as quantgate.yml is to have it. */
export interface ModelEntry {
  readonly name: string;
  readonly path: string;
  /** The FP32 model of one that is quantized already. */
  readonly reference?: string;
  readonly preprocess?: Preprocess;
  /** Lines of the comment in front of the preprocessing, or in its place. */
  readonly preprocessing: readonly string[];
  readonly calibration: Samples;
  readonly evaluation: Samples & {
    readonly labels?: string;
    readonly metric: Readonly<Record<string, string | readonly number[]>> & { readonly name: string };
  };
  /** What is wrong with the samples. */
  readonly todo?: string;
  readonly maxDrop: string;
}

interface Samples {
  readonly inputs: Source;
  readonly range: readonly [number, number];
}

/** What the models ship on where nobody says. */
const TARGETS: readonly NamedChip[] = [{ chip: 'tensorrt' }, { chip: 'onnxruntime' }];

const TARGETS_HELP =
  'Also snpe, cambricon, ncnn, ascend, openvino, rknn; { chip: snpe, weights: per-channel } has options.';
const BUDGET_HELP = "1.0pp is percentage points, 1% is relative, a bare number is in the metric's unit.";

/** What stands in for files that were not found. */
export function exampleEntry(model = 'models/model.onnx', name = 'model', todo?: string): ModelEntry {
  const inputs = 'data/inputs.npy';
  return {
    name,
    path: model,
    preprocessing: [
      'The model reads (x * scale - mean) / std. Leave it out if the data are what the model reads.',
      'preprocess: { scale: 0.00392156862745098, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }',
    ],
    calibration: { inputs, range: [0, 100] },
    evaluation: { inputs, range: [100, 1000], labels: 'data/labels.npy', metric: { name: 'top1' } },
    ...(todo !== undefined && { todo }),
    maxDrop: '1.0pp',
  };
}

/** A commented quantgate.yml. */
export function configText(entries: readonly ModelEntry[], targets?: readonly NamedChip[]): string {
  const items = entryTexts(entries, targets).map((lines) =>
    lines.map((line, i) => `  ${i === 0 ? '- ' : '  '}${line}`).join('\n'),
  );
  return `# yaml-language-server: $schema=${SCHEMA}
version: 1
models:
${items.join('\n\n')}
`;
}

/** The lines of each entry, without their indent. Only the first one explains what all have. */
export function entryTexts(
  entries: readonly ModelEntry[],
  targets: readonly NamedChip[] = TARGETS,
): readonly string[][] {
  return entries.map((entry, index) => {
    const { calibration, evaluation } = entry;
    const explain = (text: string) => (index === 0 ? [`# ${text}`] : []);
    const { labels, metric } = evaluation;
    const measures = [
      ...(labels === undefined ? [] : [`labels: ${quoted(labels)}`]),
      `metric: ${metricText(metric)}`,
    ];
    return [
      `name: ${quoted(entry.name)}`,
      `path: ${quoted(entry.path)}`,
      ...(entry.reference === undefined
        ? []
        : [
            '# It is quantized already: its own grids are judged, beside this FP32 model.',
            `reference: ${quoted(entry.reference)}`,
          ]),
      ...entry.preprocessing.map((line) => `# ${plainLine(line)}`),
      ...(entry.preprocess === undefined ? [] : [`preprocess: ${preprocessText(entry.preprocess)}`]),
      ...explain('The samples that ranges are chosen from, [first, end), and those that decide.'),
      ...(entry.todo === undefined ? [] : [`# TODO ${plainLine(entry.todo)}`]),
      `calibration: { ${samplesText(calibration)} }`,
      `evaluation: { ${[samplesText(evaluation), ...measures].join(', ')} }`,
      ...explain(TARGETS_HELP),
      `targets: [${targets.map(targetText).join(', ')}]`,
      ...explain(BUDGET_HELP),
      `budget: { max-drop: ${entry.maxDrop}, confidence: 0.95, on-inconclusive: warn }`,
    ];
  });
}

function metricText({ name, ...options }: ModelEntry['evaluation']['metric']): string {
  const given = Object.entries(options).map(
    ([key, value]) => `${key}: ${typeof value === 'string' ? quoted(value) : `[${value.join(', ')}]`}`,
  );
  return given.length === 0 ? name : `{ name: ${name}, ${given.join(', ')} }`;
}

function samplesText({ inputs, range: [first, end] }: Samples): string {
  const text =
    typeof inputs === 'string'
      ? quoted(inputs)
      : `{ ${Object.entries(inputs)
          .map(([name, path]) => `${JSON.stringify(name)}: ${quoted(path)}`)
          .join(', ')} }`;
  return `inputs: ${text}, range: [${first}, ${end}]`;
}

/** As it is written in quantgate.yml. */
export function preprocessText({ resize, crop, scale, mean, std, bgr }: Preprocess): string {
  const sides = (given: Sides) => (typeof given === 'number' ? String(given) : `[${given.join(', ')}]`);
  const parts = [
    ...(resize === undefined ? [] : [`resize: ${sides(resize)}`]),
    ...(crop === undefined ? [] : [`crop: ${sides(crop)}`]),
    ...(scale === undefined ? [] : [`scale: ${scale}`]),
    ...(mean === undefined ? [] : [`mean: [${mean.join(', ')}]`]),
    ...(std === undefined ? [] : [`std: [${std.join(', ')}]`]),
    ...(bgr ? ['bgr: true'] : []),
  ];
  return `{ ${parts.join(', ')} }`;
}

function targetText({ chip, arch }: NamedChip): string {
  return arch === undefined ? chip : `{ chip: ${chip}, arch: ${arch} }`;
}

/** JSON strings are YAML strings. */
function quoted(text: string): string {
  return /^[A-Za-z][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

/** Names of files and folders that say nothing of a model. */
const SAYING_NOTHING = /^(models?|best|last|net|network|weights|onnx|export|data)$/i;

/** The name of the file, or of its folder where only that says something. */
function tellingName(path: string): string {
  const [stem, folder] = [basename(path, '.onnx'), basename(dirname(path))];
  return SAYING_NOTHING.test(stem) && folder !== '.' && !SAYING_NOTHING.test(folder) ? folder : stem;
}

/** The names of the files, with a number behind those that are there more than once, or taken already. */
export function uniqueNames(paths: readonly string[], taken: readonly string[] = []): string[] {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  return paths.map((path) => {
    const stem =
      tellingName(path)
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '')
        .slice(0, 60) || 'model';
    let name = stem;
    for (let i = 2; used.has(name.toLowerCase()); i++) name = `${stem}-${i}`;
    used.add(name.toLowerCase());
    return name;
  });
}
