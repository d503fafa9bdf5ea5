import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyRanges } from '../../../src/config/apply-ranges.ts';
import { type Pin, rangesYaml } from '../../../src/config/pins.ts';
import { UserError } from '../../../src/errors.ts';
import { nasty } from '../../support/nasty-report.ts';
import { sampleConfig, smallConfig } from './sample.ts';

const second = smallConfig.slice(smallConfig.indexOf('  - name')).replace('small', 'other');
const commented = `# who may change this: @team
version: 1

models:   # all of them
    -   name: small   # the smallest
        path: small.onnx
        calibration:
            inputs: inputs.npy
        evaluation: { inputs: inputs.npy }
        targets: [cambricon]

        ranges: # measured in March
            'conv0/relu': { alpha: 0, beta: 1.50 }  # keep
            "conv1/relu":
                alpha: -0.0   # from the sensor
                beta: 2e1
        budget:
            max-drop: 0.50pp

    # the next one
${second.replaceAll(/^/gm, '  ').trimEnd()}
`;
const layouts: Record<string, string> = {
  'small.yml': smallConfig,
  'two models': smallConfig + second,
  commented,
  'without a newline at the end': smallConfig.trimEnd(),
  'Windows line ends': commented.replaceAll('\n', '\r\n'),
  'ranges in braces': smallConfig.replace('    budget', '    ranges: {}\n    budget'),
  'ranges in braces, filled': smallConfig.replace(
    '    budget',
    '    ranges: { conv0/relu: { alpha: 1, beta: 2 } } # why\n    budget',
  ),
  'a model in braces': smallConfig.replace(
    / {2}- name[\s\S]*/,
    '  - { name: small, path: s.onnx, calibration: { inputs: i.npy }, evaluation: { inputs: i.npy }, targets: [snpe], budget: { max-drop: 1 } }\n',
  ),
  JSON: JSON.stringify(parse(smallConfig), null, 2),
  'ranges last': `${smallConfig}    ranges:\n      conv0/relu: { alpha: 1, beta: 2 }\n\n# end\n`,
};

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const name = fc.oneof(
  fc.constantFrom(...nasty.filter((each) => each.length < 100), 'conv0/relu', 'conv1/relu', '```', 'a: b #c'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((each) => each !== '__proto__'),
);
const pin: fc.Arbitrary<Pin> = fc.record({ tensor: name, alpha: float32, beta: float32 });
const pins = fc.uniqueArray(pin, { selector: ({ tensor }) => tensor, minLength: 1, maxLength: 5 });

describe('applyRanges', () => {
  it.each(Object.entries(layouts))('adds ranges and changes nothing else: %s', (_, text) => {
    fc.assert(
      fc.property(pins, (list) => {
        const expected = parse(text);
        const given = Object.fromEntries(list.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]));
        expected.models[0].ranges = { ...expected.models[0].ranges, ...given };
        expect(parse(applyRanges(text, new Map([['small', list]])))).toEqual(expected);
      }),
    );
  });

  it('keeps every line that is not about a changed number', () => {
    const applied = applyRanges(
      commented,
      new Map([
        [
          'small',
          [
            { tensor: 'conv1/relu', alpha: -1, beta: 3.5 },
            { tensor: 'conv2', alpha: 0, beta: 6 },
          ],
        ],
      ]),
    );
    expect(applied).toBe(
      commented
        .replace('alpha: -0.0   # from', 'alpha: -1   # from')
        .replace('beta: 2e1\n', 'beta: 3.5\n            "conv2": { alpha: 0, beta: 6 }\n'),
    );
  });

  it('writes the block where there was none, for several models', () => {
    const list = [{ tensor: 'conv1/relu', alpha: 0, beta: 5.2 }];
    const block = '    ranges:\n      "conv1/relu": { alpha: 0, beta: 5.2 }\n';
    const both = new Map([
      ['small', list],
      ['other', list],
    ]);
    expect(applyRanges(smallConfig + second, both)).toBe(smallConfig + block + second + block);
    expect(applyRanges(sampleConfig, new Map([['signs', list]]))).toBe(sampleConfig);
    expect(applyRanges(smallConfig, new Map())).toBe(smallConfig);
  });

  it.each([
    ['an alias of a model', '  - &m\n    name', '  - *m\n'],
    ['a shared number', 'ranges', 'ranges: { a: { alpha: &z 0, beta: 1 }, b: { alpha: *z, beta: 1 } }'],
  ])('does not touch %s', (what, before, after) => {
    const text =
      what === 'a shared number'
        ? `${smallConfig}    ${after}\n`
        : smallConfig.replace('  - name', before) + after;
    const change = new Map([
      [
        'small',
        [
          { tensor: 'a', alpha: -1, beta: 2 },
          { tensor: 'b', alpha: -3, beta: 2 },
        ],
      ],
    ]);
    try {
      expect(parse(applyRanges(text, change)).models[0].ranges.b).toEqual({ alpha: -3, beta: 2 });
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(/^quantgate.yml: ranges cannot be written.*paste/);
    }
  });
});

describe('rangesYaml', () => {
  it('is a block to paste', () => {
    const list = [
      { tensor: 'conv1/relu', alpha: 0, beta: 5.2 },
      { tensor: 'a"\n```\u202e', alpha: -1e-7, beta: 3.4e38 },
    ];
    expect(rangesYaml(list)).toBe(
      'ranges:\n  "conv1/relu": { alpha: 0, beta: 5.2 }\n  "a\\"\\n```\\u202e": { alpha: -1e-7, beta: 3.4e+38 }',
    );
  });

  it('reads back as it was, one line for each range, nothing in it that is not drawn', () => {
    fc.assert(
      fc.property(pins, (list) => {
        const text = rangesYaml(list);
        expect(text.split('\n')).toHaveLength(list.length + 1);
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        const ranges = Object.fromEntries(list.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]));
        expect(parse(text)).toEqual({ ranges });
      }),
    );
  });
});
