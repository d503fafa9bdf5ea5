import { z } from 'zod';
import { hint } from './budget-schema.ts';
import { finite } from './target-schema.ts';

const perChannel = z.array(finite).min(1).max(64);
const side = z.int().min(1).max(65_535);
const sides = (what: string) =>
  z.union([side, z.tuple([side, side])], hint(`must be ${what}, or [height, width]`));

/** `preprocess:` of a model. */
export const preprocess = z
  .strictObject({
    resize: sides('the shorter side in pixels')
      .optional()
      .describe(
        'Resize images: the shorter side, or `[height, width]`. Bilinear with antialiasing, as torchvision.',
      ),
    crop: sides('both sides in pixels')
      .optional()
      .describe('Cut so much out of the middle of images, after `resize`: both sides, or `[height, width]`.'),
    scale: finite.default(1).describe('Factor of the raw values, such as 1/255 for images.'),
    mean: perChannel.default([0]).describe('Subtracted after scaling: one value, or one per channel.'),
    std: z.array(finite.positive()).min(1).max(64).default([1]).describe('Divided by last, like mean.'),
    bgr: z.boolean().default(false).describe('Swap the channels of images from RGB to BGR.'),
  })
  .describe(
    'What is done to the raw values: the model reads `(x * scale - mean) / std`. Integer inputs beside floating-point ones are left alone unless they are images. Nothing is done if it is left out.',
  )
  .meta({ examples: [{ scale: 0.00392157, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }] })
  .refine(({ mean, std }) => mean.length === std.length || mean.length === 1 || std.length === 1, {
    error: 'mean and std must have as many values, or one',
    path: ['std'],
  });
