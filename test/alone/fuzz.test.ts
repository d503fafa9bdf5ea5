import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attack, type Watch } from '../../fuzz/attack.ts';
import { readSamples, writeSamples } from '../../fuzz/samples.ts';
import { type FuzzTarget, textTarget } from '../../fuzz/target.ts';
import { fuzzTargets } from '../../fuzz/targets/index.ts';
import { assertInert, assertOneLine } from '../../fuzz/targets/inert.ts';
import { UserError } from '../../src/errors.ts';

const SEED = 1;
const folder = mkdtempSync(join(tmpdir(), 'quantgate-fuzz-test-'));
await writeSamples(folder);
const targets = fuzzTargets(readSamples(folder));
rmSync(folder, { recursive: true });

const until = (count: number, isNew: Watch['isNew'] = () => {}): Watch => ({
  begins: () => {},
  isNew,
  isOver: (executions) => executions >= count,
});

/** Inputs for those that take long: a decoder that starts anew after each damaged image, a process. */
const slow: Readonly<Record<string, number>> = {
  jpeg: 30,
  'command-line': 16,
  parameters: 100,
  'model-load': 100,
};

describe('what a stranger may have made', () => {
  it.each(targets.map((target) => [target.name, target] as const))(
    'ends in a UserError or goes through: %s',
    async (name, target) => {
      const { executions, crashes } = await attack(target, SEED, [], until(slow[name] ?? 200));
      expect(
        crashes.map(({ what, input }) => `${what} ${JSON.stringify(Buffer.from(input).toString('latin1'))}`),
      ).toEqual([]);
      expect(executions).toBeGreaterThanOrEqual(target.seeds.length);
    },
  );

  it.each(targets.map((target) => [target.name, target] as const))(
    'is attacked from inputs that go through: %s',
    async (_, target) => {
      for (const seed of target.seeds)
        await expect(Promise.resolve(seed).then(target.run)).resolves.not.toThrow();
    },
  );
});

describe('text of a stranger', () => {
  it.each(['a @someone', '<script>', '<img src=x onerror=y>', '\u001b[2J', '\u202e', '\n::error::x'])(
    'is not inert: %j',
    (text) => {
      expect(() => assertInert(text)).toThrow();
      expect(() => assertInert(`\`\`\`yaml\n\`\`\`\n${text}`)).toThrow();
    },
  );

  it('is more than one line, or what a terminal obeys', () => {
    for (const text of ['a\nb', 'a\u2028b', '\u001b[2J', '\u009b2J', '\u202e'])
      expect(() => assertOneLine(text)).toThrow();
  });
});

describe('an attack', () => {
  const deep = (run: FuzzTarget['run']): FuzzTarget => ({
    name: 'deep',
    seeds: [Buffer.from('{"a":[1,2]}')],
    run,
  });

  it('finds what throws anything but a UserError, with the input that does', async () => {
    const target = textTarget({
      name: 'depth',
      seeds: ['[1]'],
      run: (text) => {
        if (text.includes('[[')) throw new TypeError('two');
        throw new UserError('one');
      },
    });
    const { crashes } = await attack(target, SEED, [], until(2000));
    expect(crashes).toHaveLength(1);
    expect(crashes[0]!.what).toMatch(/^threw TypeError: two/);
    expect(Buffer.from(crashes[0]!.input).toString()).toContain('[[');
  });

  it('finds what takes too much memory', async () => {
    let isFirst = true;
    const { crashes } = await attack(
      deep(() => {
        if (isFirst) Buffer.alloc(2 ** 30, 1);
        isFirst = false;
      }),
      SEED,
      [],
      until(2),
    );
    expect(crashes.map(({ what }) => what)).toEqual([expect.stringMatching(/^took more than/)]);
  });

  it('goes on from every input with an outcome of its own, and is the same for the same seed', async () => {
    const tried = async () => {
      const found: string[] = [];
      const target = deep((bytes) => {
        throw new UserError(`first byte is ${String.fromCharCode(65 + (bytes[0] ?? 0) / 16)}`);
      });
      await attack(
        target,
        SEED,
        [],
        until(500, (input) => found.push(Buffer.from(input).toString('hex'))),
      );
      return found;
    };
    const found = await tried();
    expect(found.length).toBeGreaterThan(3);
    expect(await tried()).toEqual(found);
  });
});
