import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyChanges } from '../../../src/config/apply-changes.ts';
import type { Pin } from '../../../src/config/pins.ts';
import { changesYaml, targetYaml } from '../../../src/config/target-changes.ts';
import { UserError } from '../../../src/errors.ts';
import { nasty } from '../../support/nasty-report.ts';
import { sampleConfig, smallConfig } from '../../support/sample-configs.ts';

const second = smallConfig.slice(smallConfig.indexOf('  - name')).replace('small', 'other');
const commented = `# who may change this: @team
version: 1

models:   # all of them
    -   name: small   # the smallest
        path: small.onnx
        calibration:
            inputs: inputs.npy
        evaluation: { inputs: inputs.npy }
        targets:
            - snpe  # the phone
            -   chip: cambricon   # the card

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
const targets = (text: string) => smallConfig.replace('[cambricon]', text);
const layouts: Record<string, string> = {
  'small.yml': smallConfig,
  'two models': smallConfig + second,
  commented,
  'without a newline at the end': smallConfig.trimEnd(),
  'Windows line ends': commented.replaceAll('\n', '\r\n'),
  'several chips in brackets': targets('[tensorrt, cambricon, { chip: snpe, weight-bits: 4 }] # chips'),
  'a list of chips': targets('\n      - tensorrt\n      - cambricon\n      - snpe'),
  'a list less far to the right': targets('\n    - tensorrt\n    - "cambricon"  # the card'),
  'ranges in braces': targets('[{ chip: cambricon, ranges: {} }]'),
  'ranges in braces, filled': targets(
    '[{ chip: cambricon, ranges: { conv0/relu: { alpha: 1, beta: 2 } } }] # why',
  ),
  'the same chip twice': targets('[{ chip: cambricon, weight-bits: 4 }, cambricon]'),
  'another way to choose ranges': targets('\n      - chip: cambricon\n        range: kl\n    range: kl'),
  'a model in braces': smallConfig.replace(
    / {2}- name[\s\S]*/,
    '  - { name: small, path: s.onnx, calibration: { inputs: i.npy }, evaluation: { inputs: i.npy }, targets: [cambricon], budget: { max-drop: 1 } }\n',
  ),
  JSON: JSON.stringify(parse(smallConfig), null, 2),
  'ranges last': `${targets('\n      - chip: cambricon\n        ranges:\n          conv0/relu: { alpha: 1, beta: 2 }')}\n# end\n`,
};

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
const name = fc.oneof(
  fc.constantFrom(...nasty.filter((each) => each.length < 100), 'conv0/relu', 'conv1/relu', '```', 'a: b #c'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((each) => each !== '__proto__'),
);
const pin: fc.Arbitrary<Pin> = fc.record({ tensor: name, alpha: float32, beta: float32 });
const pins = fc.uniqueArray(pin, { selector: ({ tensor }) => tensor, minLength: 1, maxLength: 5 });

type PinsByTarget = ReadonlyMap<string, ReadonlyMap<string, readonly Pin[]>>;

const of = (model: string, target: string, list: readonly Pin[]) =>
  new Map([[model, new Map([[target, list]])]]);

function applyRanges(text: string, given: PinsByTarget): string {
  const changes = [...given].map(([model, targets]) => {
    const each = [...targets].map(([target, list]) => [target, { pins: list }] as const);
    return [model, new Map(each)] as const;
  });
  return applyChanges(text, new Map(changes));
}

describe('applyChanges, of ranges', () => {
  it.each(Object.entries(layouts))('adds ranges and changes nothing else: %s', (_, text) => {
    fc.assert(
      fc.property(pins, (list) => {
        const expected = parse(text);
        const given = Object.fromEntries(list.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]));
        const all = expected.models[0].targets;
        const isMeant = (each: { chip?: string; 'weight-bits'?: number } | string) =>
          each === 'cambricon' ||
          (typeof each === 'object' && each.chip === 'cambricon' && each['weight-bits'] === undefined);
        const at = all.findIndex(isMeant);
        const own = typeof all[at] === 'string' ? { chip: all[at] } : all[at];
        all[at] = { ...own, ranges: { ...own.ranges, ...given } };
        expect(parse(applyRanges(text, of('small', 'cambricon', list)))).toEqual(expected);
      }),
    );
  });

  it('keeps every line that is not about a changed number', () => {
    const applied = applyRanges(
      commented,
      of('small', 'cambricon', [
        { tensor: 'conv1/relu', alpha: -1, beta: 3.5 },
        { tensor: 'conv2', alpha: 0, beta: 6 },
      ]),
    );
    expect(applied).toBe(
      commented
        .replace('alpha: -0.0   # from', 'alpha: -1   # from')
        .replace('beta: 2e1\n', 'beta: 3.5\n                    "conv2": { alpha: 0, beta: 6 }\n'),
    );
  });

  it('writes the block where there was none, for several models and targets', () => {
    const list = [{ tensor: 'conv1/relu', alpha: 0, beta: 5.2 }];
    const flow = '[{ chip: cambricon, ranges: { "conv1/relu": { alpha: 0, beta: 5.2 } } }]';
    const both = new Map([...of('small', 'cambricon', list), ...of('other', 'cambricon', list)]);
    expect(applyRanges(smallConfig + second, both)).toBe(
      (smallConfig + second).replaceAll('[cambricon]', flow),
    );
    const listed = new Map([
      [
        'signs',
        new Map([
          ['tensorrt', list],
          ['snpe', list],
        ]),
      ],
    ]);
    const block = (chip: string) =>
      `      - chip: ${chip}\n        ranges:\n          "conv1/relu": { alpha: 0, beta: 5.2 }\n`;
    expect(applyRanges(sampleConfig, listed)).toBe(
      sampleConfig.replace('      - tensorrt\n      - snpe\n', block('tensorrt') + block('snpe')),
    );
    const id = 'snpe-w4a16-per-channel-native';
    expect(applyRanges(sampleConfig, of('signs', id, list))).toBe(
      sampleConfig.replace(
        'pooled: { alpha: 0, beta: 1 } }',
        'pooled: { alpha: 0, beta: 1 }, "conv1/relu": { alpha: 0, beta: 5.2 } }',
      ),
    );
    expect(applyRanges(smallConfig, new Map())).toBe(smallConfig);
  });

  it.each([
    [
      'an alias of a target',
      `${targets('[&c { chip: cambricon }]')}${second.replace('[cambricon]', '[*c]')}`,
    ],
    [
      'a shared number',
      targets('[{ chip: cambricon, ranges: { a: { alpha: &z 0, beta: 1 }, b: { alpha: *z, beta: 1 } } }]'),
    ],
  ])('writes what was meant, or nothing, where there is %s', (_, text) => {
    const change = of('small', 'cambricon', [
      { tensor: 'a', alpha: -1, beta: 2 },
      { tensor: 'b', alpha: -3, beta: 2 },
    ]);
    try {
      expect(parse(applyRanges(text, change)).models[0].targets[0].ranges.b).toEqual({ alpha: -3, beta: 2 });
    } catch (error) {
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message).toMatch(/^quantgate.yml: the changes cannot be written.*paste/);
    }
  });

  it('leaves a comment behind the chip that it is about', () => {
    const text = targets('\n      - cambricon  # the card\n      - snpe # the phone');
    const once = applyRanges(text, of('small', 'cambricon', [{ tensor: 'a', alpha: 0, beta: 1 }]));
    const block = '- chip: cambricon  # the card\n        ranges:\n          "a": { alpha: 0, beta: 1 }\n';
    expect(once).toContain(block);
    const twice = applyRanges(once, of('small', 'cambricon', [{ tensor: 'b', alpha: 0, beta: 2 }]));
    expect(twice).toContain(`${block}          "b": { alpha: 0, beta: 2 }\n      - snpe # the phone`);
  });

  it('refuses a target that the file does not have', () => {
    const list = [{ tensor: 'a', alpha: -1, beta: 2 }];
    for (const given of [of('small', 'snpe', list), of('gone', 'cambricon', list)])
      expect(() => applyRanges(smallConfig, given)).toThrow(UserError);
  });
});

describe('changesYaml of ranges', () => {
  it('is a block to paste', () => {
    const list = [
      { tensor: 'conv1/relu', alpha: 0, beta: 5.2 },
      { tensor: 'a"\n```\u202e', alpha: -1e-7, beta: 3.4e38 },
    ];
    expect(changesYaml({ pins: list })).toBe(
      'ranges:\n  "conv1/relu": { alpha: 0, beta: 5.2 }\n  "a\\"\\n```\\u202e": { alpha: -1e-7, beta: 3.4e+38 }',
    );
  });

  it('is an entry of targets to paste for a chip', () => {
    expect(parse(targetYaml('snpe', { pins: [{ tensor: 'a', alpha: 0, beta: 2 }] }))).toEqual([
      { chip: 'snpe', ranges: { a: { alpha: 0, beta: 2 } } },
    ]);
  });

  it('reads back as it was, one line for each range, nothing in it that is not drawn', () => {
    fc.assert(
      fc.property(pins, (list) => {
        const text = changesYaml({ pins: list });
        expect(text.split('\n')).toHaveLength(list.length + 1);
        expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        const ranges = Object.fromEntries(list.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }]));
        expect(parse(text)).toEqual({ ranges });
      }),
    );
  });
});
