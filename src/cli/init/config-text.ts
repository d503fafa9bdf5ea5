import { basename } from 'node:path/posix';
import type { NamedChip } from '../../targets/chip-names.ts';
import type { Found } from './detect.ts';

const SCHEMA = 'https://raw.githubusercontent.com/quantgate/quantgate/main/schema/quantgate.schema.json';

/** What stands in for files that were not found. */
const EXAMPLE: Found = { model: 'models/model.onnx', inputs: 'data/inputs.npy', labels: 'data/labels.npy' };

/** What the models ship on where nobody says. */
const TARGETS: readonly NamedChip[] = [{ chip: 'tensorrt' }, { chip: 'onnxruntime' }];

/** A commented quantgate.yml for the models that were found, or for an example where there are none. */
export function configText(found: readonly Found[], targets = TARGETS): string {
  const models = found.length > 0 ? found : [EXAMPLE];
  const names = uniqueNames(models.map(({ model }) => model));
  return `# yaml-language-server: $schema=${SCHEMA}
version: 1
models:
${models.map((each, i) => modelText(each, names[i], targets)).join('\n')}`;
}

function modelText({ model, inputs, labels }: Found, name: string, targets: readonly NamedChip[]): string {
  const data = inputs ?? EXAMPLE.inputs!;
  const todo = inputs === undefined ? ' # no data were found: write the path of yours' : '';
  const metric = labels === undefined ? 'metric: agreement' : `labels: ${quoted(labels)}, metric: top1`;
  return `  - name: ${name}
    path: ${quoted(model)}
    # The model reads (x * scale - mean) / std. Delete it if the data are what the model reads.
    # preprocess: { scale: 0.00392157, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
    # The samples that ranges are chosen from, [first, end), and those that decide: give them different ones.
    calibration: { inputs: ${quoted(data)}, range: [0, 100] }${todo}
    evaluation: { inputs: ${quoted(data)}, range: [100, 1000], ${metric} }
    # Also snpe, cambricon, ncnn, ascend, openvino, rknn; { chip: snpe, weights: per-channel } has options.
    targets: [${targets.map(targetText).join(', ')}]
    # 1.0pp is percentage points, 1% is relative, a bare number is in the metric's unit.
    budget: { max-drop: 1.0pp, confidence: 0.95, on-inconclusive: warn }
`;
}

function targetText({ chip, arch }: NamedChip): string {
  return arch === undefined ? chip : `{ chip: ${chip}, arch: ${arch} }`;
}

/** JSON strings are YAML strings. */
function quoted(path: string): string {
  return /^[A-Za-z][\w./-]*$/.test(path) ? path : JSON.stringify(path);
}

/** The names of the files, with a number behind those that are there more than once. */
function uniqueNames(paths: readonly string[]): string[] {
  const used = new Set<string>();
  return paths.map((path) => {
    const stem =
      basename(path, '.onnx')
        .replace(/[^A-Za-z0-9._-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, '')
        .slice(0, 60) || 'model';
    let name = stem;
    for (let i = 2; used.has(name.toLowerCase()); i++) name = `${stem}-${i}`;
    used.add(name.toLowerCase());
    return name;
  });
}
