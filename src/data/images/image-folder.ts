import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import type { Port } from '../../runtime/runtime.ts';
import type { Column } from '../column.ts';
import type { ImageFit } from './fit-image.ts';
import { imageColumn } from './image-column.ts';

/** What torchvision takes for images, whatever of it can be read here: so that none is passed over. */
const IMAGE = /\.(jpe?g|png|ppm|bmp|pgm|tiff?|webp)$/i;
/** As in lists. */
const MAX_IMAGES = 2_000_000;
const MAX_DEPTH = 16;

/**
 * A folder of images: those in it, without labels, or a folder of each class as torchvision's ImageFolder has it, where the
 * label is the index of the class among all by name. Names are in the order of their code points, as Python sorts them; the
 * images of each class are spread evenly, so that those of any range are of all classes.
 *
 * @returns undefined for a folder without images
 * @throws UserError when a class has none, or there are images beside folders of images
 */
export async function openImageFolder(
  folder: string,
  name: string,
  port: Port,
  fit: ImageFit,
): Promise<Column<Tensor> | undefined> {
  const { files, folders } = await entriesOf(folder);
  const classes: string[][] = [];
  for (const each of folders) classes.push(await imagesBelow(join(folder, each)));
  const isNested = classes.some((images) => images.length > 0);
  if (!isNested && files.length === 0) return undefined;
  if (isNested && files.length > 0)
    throw new UserError(`${name} has images beside folders of images: give one or the other`);
  const empty = isNested ? classes.findIndex((images) => images.length === 0) : -1;
  if (empty >= 0)
    throw new UserError(`${name}/${folders[empty]} is the folder of a class without images: remove it`);
  const images = isNested ? spread(classes) : files.map((path) => ({ path, id: undefined }));
  if (images.length > MAX_IMAGES) throw new UserError(`${name} has more than ${MAX_IMAGES} images: split it`);
  const paths = images.map(({ path }) => (isNested ? relative(folder, path).split(sep).join('/') : path));
  const labels = isNested ? images.map(({ id }) => id!) : undefined;
  return imageColumn({ name, folder, files: paths, labels, own: [], whereOf: () => name }, port, fit);
}

/** The images of each class in their order, at equal distances among those of all. */
function spread(classes: readonly (readonly string[])[]): { readonly path: string; readonly id: number }[] {
  return classes
    .flatMap((images, id) => images.map((path, i) => ({ path, id, place: (i + 0.5) / images.length })))
    .sort((a, b) => a.place - b.place || a.id - b.id);
}

/** By folder, as `sorted(os.walk(...))` gives them, and by name within each. */
async function imagesBelow(top: string): Promise<string[]> {
  const found: { readonly folder: string; readonly images: readonly string[] }[] = [];
  const open = [{ folder: top, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { folder, depth } = next;
    if (depth > MAX_DEPTH) throw new UserError(`${folder} is nested too deep: ${MAX_DEPTH} folders at most`);
    const { files, folders } = await entriesOf(folder);
    found.push({ folder, images: files.map((file) => join(folder, file)) });
    open.push(...folders.map((each) => ({ folder: join(folder, each), depth: depth + 1 })));
  }
  return found.sort((a, b) => byCodePoints(a.folder, b.folder)).flatMap(({ images }) => images);
}

/** Images and folders of a folder; links are what they lead to. */
async function entriesOf(folder: string): Promise<{ files: string[]; folders: string[] }> {
  const names = (await readdir(folder)).sort(byCodePoints);
  const files: string[] = [];
  const folders: string[] = [];
  for (const name of names) {
    const kind = await stat(join(folder, name)).catch(() => undefined);
    if (kind?.isDirectory()) folders.push(name);
    else if (IMAGE.test(name)) files.push(name);
  }
  return { files, folders };
}

function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
