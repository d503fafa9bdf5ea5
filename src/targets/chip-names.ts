import { type Architecture, architectures, NEWEST } from './hexagon-architectures.ts';
import { type Chip, targets } from './index.ts';

/** A target as somebody has named it. */
export interface NamedChip {
  readonly chip: Chip;
  /** Where the name says one; the newest is meant where it says none. */
  readonly arch?: Architecture;
}

/** What people call targets: vendors, their toolchains, their chips. Here alone, and in small letters. */
const ALIASES: Readonly<Record<string, Chip>> = {
  ...ofChip('snpe', 'qnn qairt htp hexagon qualcomm snapdragon'),
  ...ofChip('tensorrt', 'trt jetson orin nvidia xavier thor'),
  ...ofChip('cambricon', 'mlu magicmind cnrt'),
  ...ofChip('rknn', 'rockchip rk3562 rk3566 rk3568 rk3576 rk3588 rv1103 rv1106 rv1126'),
  ...ofChip('onnxruntime', 'ort onnx-runtime'),
  ...ofChip('ascend', 'huawei atlas cann'),
};

function ofChip(chip: Chip, names: string): Record<string, Chip> {
  return Object.fromEntries(names.split(' ').map((name) => [name, chip]));
}

/** The names that are used everywhere else. */
export const chips = Object.keys(targets) as [Chip, ...Chip[]];

/** Every name that is understood, without the architectures that may follow. */
export const chipNames: readonly string[] = [...chips, ...Object.keys(ALIASES)];

/** Every name, in any case, with the architectures that may follow those of Hexagon: for a schema, whose patterns have no flags. */
export const chipPattern = new RegExp(
  `^(?:${[...chipNames, architecturePattern()].map(inAnyCase).join('|')})$`,
);

function architecturePattern(): string {
  const hexagon = chipNames.filter((name) => chipOf(name) === 'snpe');
  return `(?:${hexagon.join('|')})[-_](?:${architectures.join('|')})`;
}

function inAnyCase(pattern: string): string {
  return pattern.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** The target that a name means, in any case: `TensorRT`, `Jetson`, `htp-v73`; undefined where it means none. */
export function chipNamed(name: string): NamedChip | undefined {
  const word = name.toLowerCase();
  const chip = chipOf(word);
  if (chip !== undefined) return { chip };
  const [, family = '', version] = /^(.*)[-_](v\d+)$/.exec(word) ?? [];
  const arch = architectures.find((each) => each === version);
  return arch !== undefined && chipOf(family) === 'snpe' ? { chip: 'snpe', arch } : undefined;
}

function chipOf(word: string): Chip | undefined {
  return chips.find((each) => each === word) ?? (Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined);
}

/**
 * The id that a target has in reports and folders, of one that begins with any name of its chip: `snpe-v73-per-channel` of
 * `HTP-V73-per-channel`. What begins with none stays as it is.
 */
export function canonicalId(id: string): string {
  const words = id.toLowerCase().split('-');
  for (let length = words.length; length > 0; length--) {
    const named = chipNamed(words.slice(0, length).join('-'));
    if (named === undefined) continue;
    const { chip, arch = NEWEST } = named;
    return [chip, ...(arch === NEWEST ? [] : [arch]), ...words.slice(length)].join('-');
  }
  return id;
}
