import { z } from 'zod';
import { relativePath } from '../../data/relative-path.ts';

export const layouts = ['yolov8', 'yolov5', 'end-to-end'] as const;
const corners = ['xyxy', 'yxyx', 'xywh', 'cxcywh'] as const;
export type Corners = (typeof corners)[number];

const output = z.string().min(1).max(1024);
const module = relativePath.regex(/^\.\/.*\.m?js$/, { error: 'must be a module such as ./decode.mjs' });
const side = z.number().positive().max(65_536);

/** How the outputs of a detector become boxes. */
export const mapOptions = z
  .strictObject({
    layout: z
      .enum(layouts)
      .optional()
      .describe('yolov8 [1, 4 + C, N], yolov5 [1, N, 5 + C], or end-to-end [1, N, 6], of the first output.'),
    decode: module.optional().describe('A module that makes detections of the outputs.'),
    boxes: output.optional().describe('The output of boxes, [1, N, 4] or [N, 4].'),
    scores: output.optional().describe('The output of scores: [1, N], or of each class [1, N, C].'),
    classes: output
      .optional()
      .describe('The output of classes, [1, N]; left out where each class has a score.'),
    corners: z
      .enum(corners)
      .default('xyxy')
      .describe('What the four numbers of a box are: corners, a corner and a size, or a centre and a size.'),
    background: z
      .boolean()
      .default(false)
      .describe('The first of the scores of classes is that of no object.'),
    size: z
      .tuple([side, side], { error: 'must be [width, height] of the network, or [1, 1]' })
      .optional()
      .describe('Width and height that boxes are given in; pixels of the image of the labels if left out.'),
    letterbox: z
      .boolean()
      .default(false)
      .describe('The image lies in the middle of `size`, in its own shape, between bars.'),
    'class-ids': z
      .enum(['index', 'category'])
      .default('index')
      .describe('A class is the index of a category by rising id, or that id itself.'),
    'min-score': z.number().min(0).max(1).default(0.001).describe('Detections below it are left out.'),
    nms: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe('IoU above which the worse of two boxes of a class is left out; 1 leaves none out.'),
    'max-boxes': z.int().min(1).max(1000).default(100).describe('Detections of an image, the best ones.'),
  })
  .refine(
    ({ layout, decode, boxes }) => [layout, decode, boxes].filter((each) => each !== undefined).length === 1,
    { error: 'needs one of layout, decode (a module) or boxes with scores' },
  )
  .refine(({ boxes, scores }) => (boxes === undefined) === (scores === undefined), {
    error: 'needs boxes and scores together',
  })
  .refine(({ letterbox, size }) => !letterbox || size !== undefined, {
    error: 'needs size for a letterbox',
    path: ['letterbox'],
  });

export type MapOptions = z.output<typeof mapOptions>;
