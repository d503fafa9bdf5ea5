import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { JudgedTarget, Report } from '../../src/report/report-schema.ts';
import { isMissing } from '../support/needs.ts';
import { root } from '../support/packed.ts';
import { runQuantgate } from './command-line.ts';

/** Vulkan on a CPU, as Debian's package chromium-common brings it; it needs libvulkan1. */
const driver = process.env.VK_DRIVER_FILES ?? '/usr/lib/chromium/vk_swiftshader_icd.json';

const folder = mkdtempSync(join(tmpdir(), 'quantgate-webgpu-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A few samples of the bundled example: the driver is about 100 times slower than the CPU provider. */
function shorten(config: string): string {
  return config
    .replace('[0, 256]', '[0, 16]')
    .replace('[256, 2752]', '[256, 336]')
    .replace('1.0pp', '8pp')
    .replace('targets:', 'recover: { when: off }\n    targets:');
}

async function gated(provider: string): Promise<Report> {
  const args = ['run', '--provider', provider, '--out', provider];
  const { code, stderr } = await runQuantgate(args, {
    cwd: folder,
    env: { VK_DRIVER_FILES: driver, TMPDIR: tmpdir() },
    limitMs: 300_000,
  });
  expect(code, stderr).toBe(1);
  return JSON.parse(readFileSync(join(folder, provider, 'report.json'), 'utf8'));
}

describe.skipIf(isMissing('SwiftShader (Debian: chromium-common, libvulkan1)', existsSync(driver)))(
  'provider webgpu on a software driver',
  () => {
    it('gives the verdicts and the figures of the CPU', async () => {
      cpSync(join(root, 'examples/signs'), folder, { recursive: true });
      writeFileSync(
        join(folder, 'quantgate.yml'),
        shorten(readFileSync(join(folder, 'quantgate.yml'), 'utf8')),
      );
      const [cpu, webgpu] = [await gated('cpu'), await gated('webgpu')];
      expect([cpu.provider, webgpu.provider]).toEqual(['cpu', 'webgpu']);
      const figures = ({ models }: Report) =>
        (models[0].targets as JudgedTarget[]).map(({ target, verdict, metric }) => [target, verdict, metric]);
      expect(figures(webgpu)).toEqual(figures(cpu));
      expect(figures(cpu).map(([target, verdict]) => [target, verdict])).toEqual([
        ['tensorrt', 'pass'],
        ['snpe', 'fail'],
      ]);
      const seconds = Object.values(webgpu.times.seconds).reduce((sum, s) => sum + s, 0);
      console.log(`webgpu on a software driver: ${seconds.toFixed(1)} s, the CPU's verdicts and figures`);
    }, 400_000);
  },
);
