import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type Place, pathWithin } from '../paths.ts';
import { configurable } from './configurable.ts';
import { ALL_THRESHOLDS, meanAveragePrecision } from './detection/average-precision.ts';
import { decodeBoxes } from './detection/decode-boxes.ts';
import { loadDecode } from './detection/decode-module.ts';
import { decodeEndToEnd, decodeYolo } from './detection/decode-yolo.ts';
import type { Detection } from './detection/detection.ts';
import { imageScore } from './detection/image-score.ts';
import { type MapOptions, mapOptions } from './detection/map-options.ts';
import { matchBoxes } from './detection/match-boxes.ts';
import { clipped, placing } from './detection/place-boxes.ts';
import { suppress } from './detection/suppress.ts';
import type { Metric, Outputs } from './metric.ts';
import { fromScores } from './over-picks.ts';

/** Ultralytics validates YOLOv8 with 0.7 and YOLOv5 with 0.6. */
const NMS = { yolov8: 0.7, yolov5: 0.6 };
/** For a score of each class beside boxes, as in the SSD of torchvision. */
const NMS_OF_CLASSES = 0.45;

const labelSchema = z.object({
  width: z.number().positive(),
  height: z.number().positive(),
  boxes: z.array(
    z.object({
      category: z.int(),
      class: z.int(),
      box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      crowd: z.boolean(),
    }),
  ),
});

/**
 * mAP of COCO: mean over classes, and over IoU thresholds 0.5, 0.55, ..., 0.95, of the average precision at 101 recalls,
 * for objects of any area and at most 100 detections a class and image (T.-Y. Lin et al., ECCV 2014, and
 * https://cocodataset.org/#detection-eval). Labels are a COCO .json. The interval is bootstrapped over images. As `AP` of
 * pycocotools.
 */
export const map = averagePrecision('map', ALL_THRESHOLDS);

/** The same at an IoU of 0.5 alone. As `AP50` of pycocotools. */
export const map50 = averagePrecision('map50', 1);

function averagePrecision(name: string, thresholds: number) {
  return configurable(
    name,
    mapOptions,
    async (options, place): Promise<Metric> => {
      const detect = await detector(options, place);
      return {
        name,
        unit: 'fraction',
        higherIsBetter: true,
        labels: 'any',
        reference: false,
        decomposable: false,
        ...(options.layout === undefined && { reads: readBy(options) }),
        score(outputs, label, _reference, names = Object.keys(outputs)) {
          const { data: image } = labelSchema.safeParse(label);
          if (image === undefined)
            throw new UserError('the label has no boxes of an image: name the .json of COCO in labels');
          const place = placing(options, image);
          const placed = detect(outputs, names).map((each) => ({ ...each, box: place(each.box) }));
          // YOLO's own validation cuts boxes; what other models give is taken as it is.
          const found =
            options.layout === undefined
              ? placed
              : placed.map((each) => ({ ...each, box: clipped(each.box, image) }));
          const isIndex = options['class-ids'] === 'index';
          const truths = image.boxes.map(({ box: [x, y, width, height], ...each }) => ({
            class: isIndex ? each.class : each.category,
            crowd: each.crowd,
            box: [x, y, x + width, y + height] as const,
          }));
          return { ...matchBoxes(truths, found) };
        },
        ...fromScores(name, imageScore, (images) => meanAveragePrecision(images, thresholds)),
      };
    },
    ({ decode }) => ({ modules: decode === undefined ? [] : [decode] }),
  );
}

function readBy({ boxes, scores, classes }: MapOptions): Metric['reads'] {
  return boxes === undefined ? 'any' : [boxes, scores!, ...(classes === undefined ? [] : [classes])];
}

type Detect = (outputs: Outputs, names: readonly string[]) => readonly Detection[];

async function detector(options: MapOptions, place: Place): Promise<Detect> {
  const { layout, decode, 'min-score': least, 'max-boxes': most } = options;
  if (decode !== undefined) return loadDecode(await pathWithin(place, decode), decode);
  const best = (found: readonly Detection[], nms: number) => suppress(found, options.nms ?? nms, most);
  if (layout === 'end-to-end') return (outputs) => best(decodeEndToEnd(outputs, least), 1);
  if (layout !== undefined) return (outputs) => best(decodeYolo(outputs, layout, least), NMS[layout]);
  // What has a class already has been through the model's own suppression.
  const nms = options.classes === undefined ? NMS_OF_CLASSES : 1;
  return (outputs) => best(decodeBoxes(outputs, options, least), nms);
}
