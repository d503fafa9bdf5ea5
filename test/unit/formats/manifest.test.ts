import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { verifyChipFiles } from '../../../src/formats/manifest.ts';
import { chipFolder } from '../../support/chip-folder.ts';

const bytesOf = (files: Readonly<Record<string, string>>) =>
  new Map(Object.entries(files).map(([name, content]): [string, Uint8Array] => [name, Buffer.from(content)]));

const name = fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/).filter((each) => each !== 'manifest.json');
const folder = fc
  .dictionary(name, fc.string(), { minKeys: 1, maxKeys: 5, noNullPrototype: true })
  .map((files) => chipFolder({ files }));

/** It is refused in one line that a person can read. */
function expectRefusal(files: ReadonlyMap<string, Uint8Array>): void {
  try {
    verifyChipFiles(files, 'artifact x');
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(
      /^artifact x is refused: [^\p{Cc}]+: do not use its files, run the gate again$/u,
    );
    return;
  }
  expect.unreachable('it was taken');
}

describe('the manifest of chip files', () => {
  it('takes any folder that is as it says', () => {
    fc.assert(
      fc.property(folder, (files) => {
        expect(verifyChipFiles(bytesOf(files), 'x')).toMatchObject({ model: 'signs', target: 'tensorrt' });
      }),
    );
  });

  it('refuses a folder of which anything was changed, added or taken away', () => {
    fc.assert(
      fc.property(folder, fc.nat(), fc.string({ unit: 'binary' }), (files, at, text) => {
        const whole = bytesOf(files);
        const changed = [...whole.keys()].filter((each) => each !== 'manifest.json')[at % (whole.size - 1)];
        const other = Buffer.from(`${files[changed]}${text}!`);
        expectRefusal(new Map([...whole, [changed, other]]));
        expectRefusal(new Map([...whole].filter(([each]) => each !== changed)));
        if (!whole.has(text)) expectRefusal(new Map([...whole, [text, other]]));
      }),
    );
  });

  it('refuses any manifest that is none', () => {
    const key = fc.constantFrom('quantgateChip', 'files', 'model', 'target', 'left');
    const manifest = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.tuple(key, fc.jsonValue()).map(([changed, value]) =>
        JSON.stringify({
          ...JSON.parse(chipFolder()['manifest.json']),
          [changed]: [value],
        }),
      ),
    );
    fc.assert(
      fc.property(manifest, (text) => expectRefusal(bytesOf({ ...chipFolder(), 'manifest.json': text }))),
    );
  });
});
