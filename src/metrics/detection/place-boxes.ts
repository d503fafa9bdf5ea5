import type { Box } from './detection.ts';
import type { MapOptions } from './map-options.ts';

/** Pixels. */
export interface LabelledSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Takes boxes to the pixels of the image that the labels are of: from a network's input of `size` that the image was
 * stretched to, or laid into with bars around it, as Ultralytics' letterbox does.
 */
export function placing(
  { size, letterbox }: Pick<MapOptions, 'size' | 'letterbox'>,
  { width, height }: LabelledSize,
): (box: Box) => Box {
  if (size === undefined) return (box) => box;
  const [across, down] = size;
  if (!letterbox) {
    const [x, y] = [width / across, height / down];
    return ([x1, y1, x2, y2]) => [x1 * x, y1 * y, x2 * x, y2 * y];
  }
  const gain = Math.min(across / width, down / height);
  const bar = (room: number, side: number) => Math.round((room - Math.round(side * gain)) / 2 - 0.1);
  const [left, top] = [bar(across, width), bar(down, height)];
  return ([x1, y1, x2, y2]) => [(x1 - left) / gain, (y1 - top) / gain, (x2 - left) / gain, (y2 - top) / gain];
}

/** The part of a box that lies in the image. */
export function clipped([x1, y1, x2, y2]: Box, { width, height }: LabelledSize): Box {
  const within = (at: number, most: number) => Math.min(Math.max(at, 0), most);
  return [within(x1, width), within(y1, height), within(x2, width), within(y2, height)];
}
