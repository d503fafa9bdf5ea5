import {
  type Architecture,
  architectureRules,
  architectures,
  fusedByHtp,
} from '../../src/targets/hexagon-architectures.ts';
import { type Chip, type Kind, targetOf, targets } from '../../src/targets/index.ts';
import { defaultFloat, type Target } from '../../src/targets/target.ts';
import { factsOf, namesOf } from './target-facts.ts';

/** Kinds of a chip that compute otherwise and have files of their own, by their heading. */
const kinds: Partial<Record<Chip, readonly (readonly [heading: string, kind: Kind])[]>> = {
  tensorrt: [['With `precision: fp8`', { precision: 'fp8' }]],
  snpe: [['With `block-size`', { blockSize: 32 }]],
  onnxruntime: [['With `block-size`', { blockSize: 32 }]],
};

/** The parts of docs/targets that are made of src/targets: what is emulated, and what its files' README says. */
export function targetParts(): { file: string; text: string }[] {
  return Object.entries(targets).map(([name, target]) => {
    const chip = name as Chip;
    const others = (kinds[chip] ?? []).map(([heading, kind]) => [heading, targetOf(chip, kind)!] as const);
    const text = [
      '## What is emulated',
      `\`quantgate.yml\` calls it ${namesOf(chip)}, in any case.`,
      factsOf(target),
      ...(chip === 'snpe' ? [architectureTable()] : []),
      ...others.flatMap(([heading, other]) => [`### ${heading}`, 'What differs:', factsOf(other, target)]),
      "## Files and the vendor's commands",
      handOver(target),
      ...others.flatMap(([heading, other]) => [`### Files ${heading.toLowerCase()}`, handOver(other)]),
    ].join('\n\n');
    return { file: `targets/${chip}.md`, text };
  });
}

function handOver(target: Target): string {
  return target.handOver(defaultFloat(target), target.formats).trim();
}

/** Architectures of Hexagon with the same rules share a column. */
function architectureTable(): string {
  const columns = new Map<string, Architecture[]>();
  for (const each of architectures) {
    const key = describeArchitecture(each).join('\n');
    columns.set(key, [...(columns.get(key) ?? []), each]);
  }
  const heads = [...columns.values()].map((same) =>
    same.length > 2
      ? `${same[0]!.toUpperCase()} to ${same.at(-1)!.toUpperCase()}`
      : same.join(', ').toUpperCase(),
  );
  const cells = [...columns.values()].map(([first]) => describeArchitecture(first));
  const labels = [
    'A scale for each channel, with `weights: per-channel`',
    'Computed as one, without a grid between',
    'Ranges that are fixed',
    'Sums leave the accumulator',
  ];
  return [
    'What differs from one architecture to the next (`arch:`):',
    [
      `| | ${heads.join(' | ')} |`,
      `| --- |${' --- |'.repeat(heads.length)}`,
      ...labels.map((label, i) => `| ${label} | ${cells.map((cell) => cell[i]).join(' | ')} |`),
    ].join('\n'),
  ].join('\n\n');
}

function describeArchitecture(architecture: Architecture): string[] {
  const { perChannelOperators, fusions, fixedRanges, arithmetic } = architectureRules[architecture];
  const all = architecture === 'v66' ? fusions : [...fusions, ...fusedByHtp];
  const chains = [...new Set(all.map((chain) => chain.join('+')))];
  const ranges = [...fixedRanges].map(([op, { alpha, beta }]) => `${op} [${alpha}, ${beta}]`);
  return [
    perChannelOperators.size === 0 ? 'none' : [...perChannelOperators].join(', '),
    chains.join(', '),
    ranges.join(', ').replaceAll('-1', '−1').replaceAll('Infinity', '∞'),
    arithmetic.rescale === 'fixed-point'
      ? 'times an integer and shifted, ties up'
      : `as HTP of ${arithmetic.rescale === 'htp-v68' ? 'V68' : 'V73'} does it`,
  ];
}
