import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { acceptanceOf } from '../../../src/action/accepted-report.ts';
import { baselinesOf } from '../../../src/action/baselines.ts';
import { placeOfConfig } from '../../../src/action/change/config-place.ts';
import type { ModeContext, Outcome } from '../../../src/action/mode.ts';
import { gate } from '../../../src/action/modes/gate.ts';
import { bindingOf } from '../../../src/action/report-identity.ts';
import { parseConfig } from '../../../src/config/load-config.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Report } from '../../../src/report/report-schema.ts';
import { addArtifact, addCommit, addRun } from '../../fake-github/build.ts';
import { eventsOf } from '../../fake-github/events.ts';
import type { Github } from '../../fake-github/server.ts';
import {
  baseConfig,
  makeWorld,
  type Ran,
  reportOn,
  runMode,
  type World,
} from '../../support/action-world.ts';
import { faultKinds, injectFaults } from '../../support/fault-matrix.ts';
import { tinyClassifier } from '../../support/models.ts';
import { zipOf } from '../../support/zip.ts';

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'quantgate-gate-'));
  writeFileSync(join(workspace, 'quantgate.yml'), baseConfig);
  writeFileSync(join(workspace, 'signs.onnx'), serializeModel(tinyClassifier()));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

const job = () => ({ workspace, workflowPath: '.github/workflows/quantgate.yml' });
const done = (summary: string): Outcome => ({ outputs: {}, summary, failure: undefined });
/** Runs a part of the gate on the world's pull request. */
const runPart = (
  github: Github,
  world: World,
  part: (step: ModeContext) => Promise<Outcome>,
): Promise<Ran> => {
  const event = eventsOf(github.state, github.urls, world.repo).pullRequest(world.pull);
  return runMode(github, part, world, event, { job: job(), inputs: { comment: 'never', out: 'out' } });
};
const base = ({ repo }: World) => ({ commit: repo.refs.get('heads/main')!, branch: 'main' });

it('is judged by the configuration of the base, or says that GitHub has none, whatever GitHub answers', async () => {
  const count = await injectFaults((github) => {
    const world = makeWorld(github, { files: { 'README.md': 'better' } });
    return {
      act: () => runPart(github, world, gate),
      check: ({ outcome, error, log }, where) => {
        // Where the changed files cannot be listed it starts to measure, and the data are not here.
        if (error !== undefined)
          expect(String(error), where).toMatch(/^UserError: cannot (read|find the pull requests of)/);
        else if (outcome?.outputs.verdict !== 'pass') {
          expect(outcome?.outputs.verdict, where).toBe('error');
          expect(
            log.some((line) => line.includes('inputs.npy')),
            where,
          ).toBe(true);
        }
        const own = log.some((line) => line.includes('is judged by its own configuration'));
        expect(own, where).toBe(where === 'repos/get-content (call 1): 404');
      },
    };
  });
  expect(count).toBeGreaterThanOrEqual(2 * faultKinds);
});

it('never takes a baseline that it cannot get for one that is not there', async () => {
  const config = parseConfig(baseConfig, 'quantgate.yml');
  const count = await injectFaults((github) => {
    const world = makeWorld(github);
    // That of the commit before the base, which is compared with it.
    const run = addRun(github.state, world.repo, { event: 'push', sha: base(world).commit });
    addCommit(github.state, world.repo, { branch: 'main', files: { 'README.md': 'more' } });
    const zip = zipOf({ name: 'signs.baseline.json', content: '{}' });
    addArtifact(github.state, world.repo, run, { name: 'quantgate-baseline', zip });
    const part = async (step: ModeContext) => {
      const place = placeOfConfig(workspace, 'quantgate.yml');
      const file = await baselinesOf(step, config, place, base(world))?.('signs');
      return done(file === undefined ? 'none' : 'found');
    };
    return {
      act: () => runPart(github, world, part),
      check: ({ outcome, error }, where) => {
        // A workflow that has never run is "not found".
        if (where === 'actions/list-workflow-runs (call 2): 404') expect(outcome?.summary).toBe('none');
        else if (error === undefined) expect(outcome?.summary, where).toBe('found');
      },
    };
  });
  expect(count).toBeGreaterThanOrEqual(6 * faultKinds);
});

it('lets nothing through where it cannot read what was accepted, and says why', async () => {
  const count = await injectFaults((github) => {
    const world = makeWorld(github);
    const report = reportOn(world);
    addAcceptance(github, world, report);
    const part = async (step: ModeContext) => done((await acceptanceOf(report, step))?.by ?? 'nobody');
    return {
      act: () => runPart(github, world, part),
      check: ({ outcome, error, log }, where) => {
        expect(error, where).toBeUndefined();
        if (outcome?.summary !== 'ada') expect(log.join(), where).toMatch(/info: cannot /);
      },
    };
  });
  expect(count).toBeGreaterThanOrEqual(2 * faultKinds);
});

/** As `storeAcceptance` leaves it. */
function addAcceptance({ state }: Github, { repo, pull }: World, report: Report): void {
  const date = state.now();
  const acceptance = {
    quantgateAcceptance: 1,
    binding: bindingOf(report),
    by: 'ada',
    reason: 'fixed next week',
    date,
  };
  repo.checkRuns.push({
    id: state.nextId(),
    headSha: pull.headSha,
    startedAt: date,
    name: 'quantgate acceptance',
    status: 'completed',
    conclusion: 'neutral',
    completedAt: date,
    externalId: '',
    detailsUrl: null,
    output: {
      title: '',
      summary: '',
      text: `\`\`\`json\n${JSON.stringify(acceptance)}\n\`\`\``,
      annotations: 0,
    },
  });
}
