import { posix } from 'node:path';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { issueOf } from '../json.ts';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const box = z.tuple([z.number(), z.number(), z.number().min(0), z.number().min(0)]);
const id = z.int();
const cocoFile = z.object({
  images: z
    .array(
      z.object({ id, file_name: z.string().max(4096), width: z.number().min(1), height: z.number().min(1) }),
    )
    .max(2_000_000),
  annotations: z
    .array(
      z.object({
        image_id: id,
        category_id: id,
        bbox: box,
        area: z.number().min(0).optional(),
        iscrowd: z.union([z.literal(0), z.literal(1), z.boolean()]).default(0),
      }),
    )
    .max(10_000_000),
  categories: z.array(z.object({ id, name: z.string().max(1024) })).max(100_000),
});

/** Whether JSON labels are annotations of COCO, which are told by their keys. */
export function isCoco(labels: Json): boolean {
  const { images, annotations, categories } = (labels ?? {}) as Record<string, unknown>;
  return [images, annotations, categories].every(Array.isArray);
}

/**
 * The boxes of each sample from annotations as COCO has them (https://cocodataset.org/#format-data): `{ image, width,
 * height, boxes: [{ category, class, box: [x, y, width, height], crowd }] }` in pixels of the image, where `class` is the
 * index of the category by rising id. Samples are images by their file names, or else in the order of the file.
 *
 * @throws UserError for what is no such file, or lacks an image
 */
export function cocoLabels(labels: Json, where: string, sampleNames?: readonly string[]): Json[] {
  const { data, error } = cocoFile.safeParse(labels);
  if (data === undefined)
    throw new UserError(`${where} is not as COCO has it (${issueOf(error)}): repair it`);
  const categories = data.categories.map(({ id }) => id).sort((a, b) => a - b);
  const classes = new Map(categories.map((category, index) => [category, index]));
  const boxes = new Map<number, Json[]>(data.images.map(({ id }) => [id, []]));
  for (const { image_id, category_id, bbox, iscrowd } of data.annotations) {
    const index = classes.get(category_id);
    if (index === undefined)
      throw new UserError(`${where} has a box of category ${category_id}, which is none of it: add it`);
    boxes.get(image_id)?.push({ category: category_id, class: index, box: bbox, crowd: Boolean(iscrowd) });
  }
  const labelOf = ({ id, width, height }: (typeof data.images)[number]): Json => ({
    image: id,
    width,
    height,
    boxes: boxes.get(id)!,
  });
  if (sampleNames === undefined) return data.images.map(labelOf);
  const byName = new Map(data.images.map((image) => [image.file_name, image]));
  const byBase = new Map(data.images.map((image) => [posix.basename(image.file_name), image]));
  return sampleNames.map((name) => {
    const image = byName.get(name) ?? byBase.get(posix.basename(name));
    if (image === undefined) throw new UserError(`${where} has no image ${name}: add it`);
    return labelOf(image);
  });
}
