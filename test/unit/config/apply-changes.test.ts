import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyChanges } from '../../../src/config/apply-changes.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { repairSteps } from '../../../src/config/repair-steps.ts';
import { changesYaml, type TargetChanges, targetYaml } from '../../../src/config/target-changes.ts';
import type { LayerPrecision } from '../../../src/config/target-id.ts';
import { UserError } from '../../../src/errors.ts';
import { smallConfig } from '../../support/sample-configs.ts';

const targets = (text: string) => smallConfig.replace('[cambricon]', text);
const block = (lines: readonly string[]) =>
  targets(`\n      - chip: cambricon # the card\n${lines.map((line) => `        ${line}\n`).join('')}`);

const layouts: Record<string, string> = {
  'a chip': smallConfig,
  'a chip on a line': targets('\n      - cambricon  # the card\n      - snpe'),
  'a map in brackets': targets('[{ chip: cambricon }, snpe]'),
  'everything in braces': targets(
    '[{ chip: cambricon, recipe: [equalize], layers: { "conv0": { float: true } }, ranges: {} }] # why',
  ),
  'everything in blocks': block([
    'layers: # measured in March',
    '  conv0:',
    '    activation-bits: 16   # the stem',
    "  'conv1': { weight-bits: 4 } # keep",
    'recipe:',
    '  - equalize   # pairs',
    '  - round',
    'ranges:',
    '  conv0/relu: { alpha: 0, beta: 1 }',
  ]),
  'a list less far to the right': block(['recipe: # why', '- round', '- equalize # pairs']),
  'layers last, in a block': block(['layers:', '  conv0:', '    float: true']),
  'other scalars in braces': targets('[{ chip: cambricon, weights: per-tensor, range: kl } , snpe] # why'),
  'other scalars in a block': block(['range:  aciq   # tried in March', "weights: 'per-channel'"]),
  'Windows line ends': block(['layers:', '  conv0:', '    weight-bits: 8']).replaceAll('\n', '\r\n'),
  'no newline at the end': targets('\n      - chip: cambricon')
    .replace(/\n {4}budget.*\n$/, '')
    .replace('targets:', 'budget: { max-drop: 1 }\n    targets:'),
};

const bits = fc.integer({ min: 4, max: 16 });
const precision: fc.Arbitrary<LayerPrecision> = fc.oneof(
  fc.constant({ float: true }),
  fc.record({ activationBits: bits }),
  fc.record({ weightBits: bits }),
  fc.record({ activationBits: bits, weightBits: bits }),
);
const name = fc.oneof(
  fc.constantFrom('conv0', 'conv1', 'a: b #c'),
  fc.string({ minLength: 1, maxLength: 20 }),
);
const layers = fc
  .uniqueArray(
    fc.tuple(
      name.filter((each) => each !== '__proto__'),
      precision,
    ),
    { selector: ([each]) => each, maxLength: 4 },
  )
  .map((list) => new Map(list));
const recipe = fc.shuffledSubarray([...repairSteps]);
const pins = fc
  .uniqueArray(fc.constantFrom('conv0/relu', 'x'), { maxLength: 2 })
  .map((list) => list.map((tensor) => ({ tensor, alpha: -1, beta: 2.5 })));
const weights = fc.constantFrom('per-channel', 'per-tensor');
const range = fc.constantFrom('kl', 'percentile', 'native');
const changes: fc.Arbitrary<TargetChanges> = fc.record(
  { pins, recipe, layers, weights, range },
  { requiredKeys: ['pins', 'recipe', 'layers'] },
);

const inYaml = ({ activationBits, weightBits, float }: LayerPrecision) => ({
  ...(activationBits && { 'activation-bits': activationBits }),
  ...(weightBits && { 'weight-bits': weightBits }),
  ...(float && { float }),
});
const of = (given: TargetChanges, target = 'cambricon') => new Map([['small', new Map([[target, given]])]]);
/** As the target of a layout is named. */
const idOf = (text: string) => parseConfig(text, 'q.yml').models[0].targets[0].id;

describe('applyChanges', () => {
  it.each(Object.entries(layouts))('says what was meant and nothing else: %s', (_, text) => {
    fc.assert(
      fc.property(changes, (given) => {
        const expected = parse(text);
        const all = expected.models[0].targets;
        const at = all.findIndex((each: { chip?: string } | string) =>
          typeof each === 'string' ? each === 'cambricon' : each.chip === 'cambricon',
        );
        const own = typeof all[at] === 'string' ? { chip: all[at] } : all[at];
        const added = Object.fromEntries([...given.layers!].map(([key, each]) => [key, inYaml(each)]));
        const ranges = Object.fromEntries(given.pins.map(({ tensor, ...range }) => [tensor, range]));
        const { weights, range } = given;
        const isEmpty = given.pins.length + given.recipe!.length + given.layers!.size === 0;
        if (!isEmpty || weights !== undefined || range !== undefined)
          all[at] = {
            ...own,
            ...(weights && { weights }),
            ...(range && { range }),
            ...(given.recipe!.length > 0 && { recipe: given.recipe }),
            ...(given.layers!.size > 0 && { layers: { ...own.layers, ...added } }),
            ...(given.pins.length > 0 && { ranges: { ...own.ranges, ...ranges } }),
          };
        const applied = applyChanges(text, of(given, idOf(text)));
        expect(parse(applied)).toEqual(expected);
        expect(() => parseConfig(applied, 'q.yml')).not.toThrow();
      }),
    );
  });

  it('keeps comments and every line that is not about a changed value', () => {
    const text = layouts['everything in blocks'];
    const applied = applyChanges(
      text,
      of({
        pins: [{ tensor: 'x', alpha: 0, beta: 2 }],
        recipe: ['equalize', 'correct-bias'],
        layers: new Map([
          ['conv0', { activationBits: 12, weightBits: 8 }],
          ['conv1', { float: true }],
          ['conv2', { activationBits: 16 }],
        ]),
      }),
    );
    expect(applied).toBe(
      text
        .replace(
          'activation-bits: 16   # the stem\n',
          'activation-bits: 12   # the stem\n            weight-bits: 8\n',
        )
        .replace(
          '{ weight-bits: 4 } # keep\n',
          '{ float: true } # keep\n          "conv2": { activation-bits: 16 }\n',
        )
        .replace('- equalize   # pairs\n          - round', '- equalize\n          - correct-bias')
        .replace('{ alpha: 0, beta: 1 }\n', '{ alpha: 0, beta: 1 }\n          "x": { alpha: 0, beta: 2 }\n'),
    );
  });

  it('leaves a recipe as it is written where it says the same', () => {
    const text = layouts['everything in blocks'];
    expect(applyChanges(text, of({ pins: [], recipe: ['equalize', 'round'] }))).toBe(text);
  });

  it('writes how weights and ranges are scaled, with comments where they were', () => {
    const given = { pins: [], weights: 'per-tensor', range: 'percentile' } as const;
    const text = layouts['other scalars in a block'];
    expect(applyChanges(text, of(given, idOf(text)))).toBe(
      text.replace('aciq   #', 'percentile   #').replace("'per-channel'", 'per-tensor'),
    );
    expect(applyChanges(smallConfig, of(given))).toContain(
      'targets: [{ chip: cambricon, weights: per-tensor, range: percentile }]',
    );
    expect(changesYaml(given)).toBe('weights: per-tensor\nrange: percentile');
  });

  it('leaves a scalar as it is written where it says the same', () => {
    const text = layouts['other scalars in a block'];
    expect(applyChanges(text, of({ pins: [], weights: 'per-channel', range: 'aciq' }, idOf(text)))).toBe(
      text,
    );
  });

  it('writes the keys of a chip below it', () => {
    const layer = new Map([['conv0', { activationBits: 16 }]]);
    expect(
      applyChanges(
        targets('\n      - cambricon  # the card\n      - snpe'),
        of({ pins: [], recipe: ['round'], layers: layer }),
      ),
    ).toContain(
      `      - chip: cambricon  # the card
        recipe: [round]
        layers:
          "conv0": { activation-bits: 16 }
      - snpe`,
    );
    expect(applyChanges(smallConfig, of({ pins: [], recipe: ['round'], layers: layer }))).toContain(
      'targets: [{ chip: cambricon, recipe: [round], layers: { "conv0": { activation-bits: 16 } } }]',
    );
  });

  it('finds a target by any name of its chip, and leaves the name', () => {
    const change = { pins: [], recipe: ['round'] as const };
    expect(applyChanges(targets('[HTP-V73, qnn]'), of(change, 'snpe-v73'))).toContain(
      'targets: [{ chip: HTP-V73, recipe: [round] }, qnn]',
    );
    expect(applyChanges(targets('[htp, { chip: qnn, arch: V66 }]'), of(change, 'snpe-v66'))).toContain(
      'targets: [htp, { chip: qnn, arch: V66, recipe: [round] }]',
    );
  });

  it.each([
    ['an alias of a layer', '[{ chip: cambricon, layers: { a: &p { float: true }, conv0: *p } }]'],
    [
      'a recipe that another target has as well',
      '[{ chip: snpe, recipe: &r [round] }, { chip: cambricon, recipe: *r }]',
    ],
    [
      'a range method that another target has as well',
      '[{ chip: cambricon, range: &r mse }, { chip: snpe, range: *r }]',
    ],
  ])('refuses %s', (_, text) => {
    const given = {
      pins: [],
      recipe: ['gptq'] as const,
      layers: new Map([['conv0', { weightBits: 4 }]]),
      range: 'kl' as const,
    };
    expect(() => applyChanges(targets(text), of(given))).toThrow(UserError);
  });
});

describe('changesYaml', () => {
  const given: TargetChanges = {
    pins: [{ tensor: 'relu', alpha: 0, beta: 6 }],
    recipe: ['equalize', 'correct-bias', 'round'],
    layers: new Map<string, LayerPrecision>([
      ['block1/conv', { activationBits: 16 }],
      ['head', { float: true }],
    ]),
  };

  it('is a block to paste into a target', () => {
    expect(changesYaml(given)).toBe(`recipe: [equalize, correct-bias, round]
layers:
  "block1/conv": { activation-bits: 16 }
  "head": { float: true }
ranges:
  "relu": { alpha: 0, beta: 6 }`);
  });

  it('is an entry of targets to paste for a chip', () => {
    expect(parse(targetYaml('cambricon', given))).toEqual([
      {
        chip: 'cambricon',
        recipe: ['equalize', 'correct-bias', 'round'],
        layers: { 'block1/conv': { 'activation-bits': 16 }, head: { float: true } },
        ranges: { relu: { alpha: 0, beta: 6 } },
      },
    ]);
  });
});
