import { markdownTable } from 'markdown-table';
import { printable } from '../errors.ts';
import { type ReadParameters, rangesOf } from '../formats/parameter-set.ts';
import { plainJson } from '../plain.ts';
import { readParameterFile } from './parameter-file.ts';
import type { World } from './world.ts';

/** Prints what a parameter file says, whoever wrote it: a table, or with `json` every channel of every tensor. */
export async function inspect(
  file: string,
  options: { readonly json?: boolean },
  world: Pick<World, 'cwd' | 'print'>,
): Promise<number> {
  const { title, tensors, left } = await readParameterFile(file, world.cwd);
  if (options.json) {
    const report = { file, format: title, tensors: tensors.map(toJson), left };
    world.print(plainJson(JSON.stringify(report, null, 2)));
    return 0;
  }
  world.print(
    `${printable(file)}: ${title}, ${tensors.length === 1 ? '1 tensor' : `${tensors.length} tensors`}`,
  );
  if (tensors.length > 0) world.print(table(tensors));
  for (const { name, why } of left) world.print(`left out: ${printable(name)}: ${why}`);
  return 0;
}

function table(tensors: readonly ReadParameters[]): string {
  const head = ['tensor', 'kind', 'bits', 'alpha', 'beta', 'scale', 'zero point', 'channels'];
  const rows = tensors.map((t) => {
    const ranges = rangesOf(t);
    return [
      printable(t.name),
      t.kind ?? '',
      String(t.bits),
      real(least(ranges.map((r) => r.alpha))),
      real(greatest(ranges.map((r) => r.beta))),
      span(t.scales),
      span(t.zeroPoints),
      t.axis === null ? '' : String(t.scales.length),
    ];
  });
  return markdownTable([head, ...rows], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'r'] });
}

/** `0.5`, or `0.1 … 0.5` of channels that differ. */
function span(values: readonly number[]): string {
  const [low, high] = [least(values), greatest(values)];
  return low === high ? real(low) : `${real(low)} … ${real(high)}`;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

/** Seven digits, as many as a float32 is sure of. */
function real(value: number): string {
  return String(Number(value.toPrecision(7)));
}

function toJson(t: ReadParameters) {
  const ranges = rangesOf(t);
  return { ...t, alphas: ranges.map((r) => r.alpha), betas: ranges.map((r) => r.beta) };
}
