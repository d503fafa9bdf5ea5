import { describe, expect, it } from 'vitest';
import { report } from '../../../src/action/modes/report.ts';
import type { Github } from '../../fake-github/server.ts';
import {
  addSticky,
  bodies,
  endOf,
  leave,
  makeWorld,
  reportOn,
  runMode,
  sections,
  type World,
} from '../../support/action-world.ts';
import { faultKinds, injectFaults } from '../../support/fault-matrix.ts';

const said = '**12.50** of 1.00\u00a0pp';

describe.each<[string, (github: Github, world: World) => unknown, number]>([
  ['a first comment', () => {}, 15],
  ['a comment of an earlier run', (github, world) => addSticky(github, world, 5), 15],
])('report with %s', (_, begin, calls) => {
  it(`bears ${calls * faultKinds} faults of GitHub: one line tells them, and the next run heals`, async () => {
    const count = await injectFaults((github) => {
      const world = makeWorld(github);
      begin(github, world);
      leave(github, world, reportOn(world));
      const before = bodies(world);
      const act = () => runMode(github, report, world, endOf(github, world));
      return {
        act,
        async check(_, where) {
          const after = bodies(world);
          // An artifact that GitHub says is not there is none.
          const isGood = (body: string) =>
            before.includes(body) || body.includes(said) || (/: 404$/.test(where) && /Not judged/.test(body));
          expect(
            after.filter((body) => !isGood(body)),
            where,
          ).toEqual([]);
          // Nobody knows of what is done but whose answer is cut each time.
          if (!/effect for ever/.test(where)) expect(after.length, where).toBeLessThanOrEqual(1);
          await act();
          expect(sections(world), where).toEqual([['signs/onnxruntime-w4a8']]);
          expect(bodies(world)[0], where).toContain(said);
        },
      };
    });
    expect(count).toBe(calls * faultKinds);
  }, 300_000);
});
