import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commentPolicies } from '../../../src/config/comment-policy.ts';
import {
  type Comment,
  MAX_COMMENT_BYTES,
  readComment,
  type Section,
  writeComment,
} from '../../../src/github/comment-body.ts';
import { speaks } from '../../../src/github/comment-duty.ts';
import { mergeComments } from '../../../src/github/comment-merge.ts';
import { plainLines } from '../../../src/plain.ts';
import { sha } from '../../support/http-mocks.ts';

const mark = `<!-- quantgate key=gate head=${sha('a')} run=12 -->`;
const section: Section = {
  key: 'signs/tensorrt',
  attempt: 2,
  verdict: 'fail',
  text: '### signs\n\n| a | b |',
};
const comment: Comment = { key: 'gate', head: sha('a'), run: 12, sections: [section] };

const hostile = fc.constantFrom(
  '<!-- quantgate:end -->',
  '<!-- quantgate:section key=evil attempt=9 verdict=pass -->',
  `<!-- quantgate key=gate head=${sha('f')} run=999 -->`,
  '<!--',
  '-->',
  '<',
  '!--',
  '\n',
  '\r',
  '\r\n',
  '\u2028',
  '\ud800',
  '```',
  'é',
  'a',
);
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.array(hostile, { maxLength: 12 }).map((parts) => parts.join('')),
);
const anyKey = fc.oneof(fc.string({ maxLength: 20 }), hostile).map((key) => key.toWellFormed());
const anySection = fc.record({
  key: anyKey,
  attempt: fc.integer({ min: 1, max: 999 }),
  verdict: fc.constantFrom('pass', 'fail', 'inconclusive', 'error'),
  text: anyText,
  // JSON has one zero.
  said: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
}) satisfies fc.Arbitrary<Section>;
const anyComment = fc.record({
  key: anyKey.filter((key) => key !== ''),
  head: fc.constantFrom(sha('a'), sha('b')),
  run: fc.integer({ min: 1, max: 4 }),
  sections: fc.uniqueArray(
    anySection.filter(({ key }) => key !== ''),
    { selector: ({ key }) => key, maxLength: 5 },
  ),
});

const byKey = (sections: readonly Section[]) => sections.toSorted((a, b) => (a.key < b.key ? -1 : 1));
const facts = (comment: Comment | undefined) => ({
  ...comment,
  sections: byKey(comment?.sections ?? []).map(({ text: _, ...rest }) => rest),
});

describe('writeComment', () => {
  it('hides its state in marks around the text', () => {
    expect(writeComment(comment)).toBe(
      `${mark}\n\n<!-- quantgate:section key=signs%2Ftensorrt attempt=2 verdict=fail -->\n\n` +
        '### signs\n\n| a | b |\n\n<!-- quantgate:end -->\n',
    );
  });

  it('puts the worst first', () => {
    const sections = (['pass', 'error', 'inconclusive', 'fail'] as const).map((verdict) => ({
      ...section,
      key: verdict,
      verdict,
    }));
    const written = readComment(writeComment({ ...comment, sections }));
    expect(written?.sections.map(({ key }) => key)).toEqual(['error', 'fail', 'inconclusive', 'pass']);
  });

  it('is read back, whatever the sections say', () => {
    fc.assert(
      fc.property(anyComment, (comment) => {
        const read = readComment(writeComment(comment));
        expect(facts(read)).toEqual(facts(comment));
        for (const { key, text } of comment.sections) {
          const expected = plainLines(text.replace(/\r\n?/g, '\n')).replaceAll('<!--', '&#60;!--').trim();
          expect(read?.sections.find((each) => each.key === key)?.text).toBe(expected);
          expect(Object.hasOwn(read!.sections[0]!, 'said')).toBe(true);
        }
      }),
    );
  });

  it('does not change when it is read and written again, with line ends of a browser as well', () => {
    fc.assert(
      fc.property(anyComment, (comment) => {
        const body = writeComment(comment);
        expect(writeComment(readComment(body)!)).toBe(body);
        expect(writeComment(readComment(body.replaceAll('\n', '\r\n'))!)).toBe(body);
      }),
    );
  });

  it('stays within the limit: long sections keep their first line, then the last are left out', () => {
    const long = (key: string, length: number): Section => ({
      ...section,
      key,
      text: `### ${key}\n\n${'ü'.repeat(length)}`,
    });
    const few = writeComment({ ...comment, sections: [long('big', 25_000), long('small', 10_000)] });
    expect(Buffer.byteLength(few)).toBeLessThanOrEqual(MAX_COMMENT_BYTES);
    expect(readComment(few)?.sections.map(({ text }) => text)).toEqual([
      '### big\n\nShortened: the whole section is in the summary of its job.',
      long('small', 10_000).text,
    ]);
    const many = Array.from({ length: 1000 }, (_, i) => long(`model${i}`, 500));
    const body = writeComment({ ...comment, sections: many });
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_COMMENT_BYTES);
    expect(readComment(body)!.sections.length).toBeGreaterThan(250);
    expect(body).toContain('More sections are in the summaries of the jobs.');
  });

  it('leaves out very many sections within a second', () => {
    const sections = Array.from({ length: 20_000 }, (_, i) => ({ ...section, key: `m${i}/tensorrt` }));
    const start = performance.now();
    const body = writeComment({ ...comment, sections });
    expect(performance.now() - start).toBeLessThan(1000);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MAX_COMMENT_BYTES);
    expect(readComment(body)?.sections.length).toBeGreaterThan(100);
  });
});

it('writes no section where what stands around them leaves no room', () => {
  const body = writeComment({ ...comment, sections: [section] }, { before: 'x'.repeat(60_000), after: '' });
  expect(readComment(body)).toEqual({ ...comment, sections: [] });
});

it('hides what sections say in marks that nothing of it can close', () => {
  const said = { a: '-->', b: '<!-- quantgate:end -->', c: '\u202e\n' };
  const body = writeComment({ ...comment, sections: [{ ...section, said }] });
  expect(readComment(body)?.sections).toEqual([{ ...section, said }]);
  expect(body.match(/-->/g)).toHaveLength(3);
  expect(body).not.toContain('\u202e');
});

describe('readComment', () => {
  it.each([
    ['', 'no mark'],
    [`Look: ${mark}`, 'mark inside a line'],
    [`Hello\n${mark}`, 'mark further down'],
    [mark.replace('head=a', 'head=g'), 'no commit'],
    [mark.replace('run=12', 'run=-1'), 'no run'],
    [mark.replace('key=gate', 'key=%E0%A4%A'), 'key that is not encoded'],
  ])('does not take %j (%s)', (body) => {
    expect(readComment(body)).toBeUndefined();
  });

  it('does not take a key that no comment has room for, nor one that would get longer when written', () => {
    for (const key of ['k'.repeat(61_000), '日'.repeat(7000), '日'])
      expect(readComment(mark.replace('key=gate', `key=${key}`)) === undefined).toBe(true);
  });

  it('leaves out sections that somebody has damaged', () => {
    const begin = (key: string) => `<!-- quantgate:section key=${key} attempt=1 verdict=pass -->`;
    const end = '<!-- quantgate:end -->';
    const body = [mark, end, begin('a'), 'x', begin('b'), 'y', end, begin('c'), 'z'].join('\n');
    expect(readComment(body)?.sections).toEqual([{ key: 'b', attempt: 1, verdict: 'pass', text: 'y' }]);
  });
});

describe('mergeComments', () => {
  it('keeps the sections of other jobs of the run', () => {
    const other = { ...section, key: 'faces', verdict: 'pass' as const };
    expect(mergeComments(comment, { ...comment, sections: [other] }).sections).toEqual([section, other]);
  });

  it('takes the later attempt of a section, in either order', () => {
    const again = { ...comment, sections: [{ ...section, attempt: 3, verdict: 'pass' as const }] };
    expect(mergeComments(comment, again)).toEqual(again);
    expect(mergeComments(again, comment).sections).toEqual(again.sections);
  });

  it('never lets an older run replace or add to a newer one', () => {
    fc.assert(
      fc.property(anyComment, anyComment, (a, b) => {
        fc.pre(a.run !== b.run);
        expect(mergeComments(a, b)).toBe(a.run > b.run ? a : b);
      }),
    );
  });

  it('gives the same comment in any order and however often', () => {
    const [head, key] = [sha('a'), 'gate'];
    const anyState = anyComment.map(
      (comment): Comment => ({
        ...comment,
        head,
        key,
        // An attempt writes a section once.
        sections: comment.sections.map((each) => ({
          ...each,
          text: `${each.key} ${each.attempt}`,
          verdict: 'fail' as const,
        })),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(anyState, { minLength: 1, maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        (states, picks) => {
          const shuffled = [...states];
          for (let i = shuffled.length - 1; i > 0; i--) {
            const j = picks.next().value! % (i + 1);
            [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
          }
          const once = writeComment(states.reduce(mergeComments));
          expect(writeComment(shuffled.reduce(mergeComments))).toBe(once);
          expect(writeComment([...shuffled, ...states].reduce(mergeComments))).toBe(once);
        },
      ),
    );
  });
});

describe('speaks', () => {
  const verdicts = ['pass', 'inconclusive', 'fail', 'error'] as const;

  it.each([
    ['always', verdicts],
    ['on-change', ['inconclusive', 'fail', 'error']],
    ['on-failure', ['fail', 'error']],
    ['never', []],
  ] as const)('%s makes a comment for %j', (policy, expected) => {
    expect(verdicts.filter((verdict) => speaks(policy, false, verdict))).toEqual(expected);
  });

  it('keeps a comment that is there up to date', () => {
    for (const policy of commentPolicies) {
      for (const verdict of verdicts) expect(speaks(policy, true, verdict)).toBe(policy !== 'never');
    }
  });
});
