import { expect, it } from 'vitest';
import { changeBlock } from '../../../src/report/change-block.ts';
import { passing } from '../../support/sample-reports.ts';

const plain = { ...passing, target: 'snpe', chip: 'snpe' };
const own = {
  ...plain,
  target: 'snpe-v66',
  scheme: { ...plain.scheme, arch: 'v66', recipe: ['round'] },
} as const;

it('is a diff of the entry of the target', () => {
  expect(changeBlock(own, { pins: [], recipe: ['gptq', 'correct-bias'] })).toEqual({
    language: 'diff',
    text: ['  - chip: snpe', '    arch: v66', '-   recipe: [round]', '+   recipe: [gptq, correct-bias]'].join(
      '\n',
    ),
  });
});

it('makes an entry with keys of a name that stands alone', () => {
  expect(changeBlock(plain, { pins: [], weights: 'per-channel' })?.text).toBe(
    ['- - snpe', '+ - chip: snpe', '+   weights: per-channel'].join('\n'),
  );
});

it('has the type of what is not integer', () => {
  const target = { ...passing, scheme: { ...passing.scheme, float: 'fp16' } } as const;
  expect(changeBlock(target, { pins: [] }, 'fp32')?.text).toContain('+   float: fp32');
});

it('is the whole entry where much is new, and nothing where it is too long to be pasted', () => {
  const pins = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ tensor: `t${i}`, alpha: 0, beta: 1 }));
  expect(changeBlock(plain, { pins: pins(7) })?.language).toBe('diff');
  expect(changeBlock(plain, { pins: pins(8) })).toEqual({
    language: 'yaml',
    text: expect.stringMatching(/^- chip: snpe\n {2}ranges:\n {4}"t0": /),
  });
  expect(changeBlock(plain, { pins: pins(65) })).toBeUndefined();
});
