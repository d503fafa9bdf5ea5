import { stat } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { type Place, pathWithin } from '../paths.ts';
import type { Port } from '../runtime/runtime.ts';
import type { Column } from './column.ts';
import type { ImageFit } from './images/fit-image.ts';
import { openImageFolder } from './images/image-folder.ts';
import { openImageList } from './images/image-list.ts';
import { openNpy } from './npy.ts';
import { openNpz } from './npz.ts';
import { openParquet } from './parquet/open-parquet.ts';
import { openPbFolder, pbColumn } from './pb.ts';
import { splitMember } from './split-member.ts';

/** True for sources that can feed several inputs at once, each by its name or position. */
export async function feedsManyInputs(source: string, place: Place): Promise<boolean> {
  const { path, member } = splitMember(source);
  if (['.npz', '.parquet'].includes(extname(path).toLowerCase())) return member === undefined;
  return (await stat(await pathWithin(place, path))).isDirectory();
}

/**
 * Opens what feeds one input of a model, told by its extension: .npy, .npz, .parquet, .csv (image list), .pb, or a folder of
 * images or .pb.
 *
 * @param position of the input among the model's inputs
 */
export async function openSource(
  source: string,
  port: Port,
  position: number,
  { place, fit = {} }: { readonly place: Place; readonly fit?: ImageFit },
): Promise<Column<Tensor>> {
  const { path, member } = splitMember(source);
  const file = await pathWithin(place, path);
  if ((await stat(file)).isDirectory())
    return (await openImageFolder(file, source, port, fit)) ?? openPbFolder(file, source, position);
  switch (extname(path).toLowerCase()) {
    case '.npy':
      return openNpy(file, source);
    case '.npz':
      return openNpz(file, source, member, port.name);
    case '.parquet':
      return openParquet({ file, name: source, member }, port, fit);
    case '.csv':
      return openImageList(file, source, port, fit);
    case '.pb':
      return pbColumn(dirname(file), source, [basename(file)]);
    default:
      throw new UserError(
        `${source}: data is .npy, .npz, .parquet, an image list .csv, a folder of images, ONNX .pb files or a module .mjs: convert it`,
      );
  }
}
