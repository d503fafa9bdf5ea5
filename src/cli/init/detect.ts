import { basename, dirname } from 'node:path/posix';

/** A model, and what lies near it that may be its data. */
export interface Found {
  readonly model: string;
  readonly inputs: string | undefined;
  readonly labels: string | undefined;
}

/**
 * Matches models with data: among the files in a model's folder and those below it, or else anywhere, by their names.
 *
 * @param models relative paths of .onnx files
 * @param data relative paths of .npy, .npz and image lists
 */
export function matchData(models: readonly string[], data: readonly string[]): Found[] {
  return models.map((model) => {
    const folder = dirname(model);
    const near = folder === '.' ? data : data.filter((path) => path.startsWith(`${folder}/`));
    const among = near.length > 0 ? near : data;
    const labels = among.find((path) => /label|target|class/i.test(basename(path)) && path.endsWith('.npy'));
    const rest = among.filter((path) => path !== labels);
    const inputs = rest.find((path) => /input|image|calib|sample|data/i.test(basename(path))) ?? rest[0];
    return { model, inputs, labels: inputs === undefined || isImageList(inputs) ? undefined : labels };
  });
}

/** An image list has its labels in itself. */
function isImageList(path: string): boolean {
  return path.endsWith('.csv');
}
