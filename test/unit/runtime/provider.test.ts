import { describe, expect, it } from 'vitest';
import { startRunnerRuntime } from '../../../src/action/runner-runtime.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';

describe('the provider', () => {
  it('that auto takes is told, with why others were passed over', async () => {
    const lines: string[] = [];
    const place = { manifests: '', cache: '', workspace: '', ownRuntime: undefined };
    const runtime = await startRunnerRuntime('auto', place, (line) => lines.push(line));
    expect(lines.at(-1)).toBe(`ONNX Runtime ${runtime.version} computes on ${runtime.provider}`);
    expect(lines.slice(0, -1)).toEqual(
      [...runtime.passedOver.keys()].map((name) =>
        expect.stringMatching(`^provider ${name} does not run here: .`),
      ),
    );
  });

  it('that was asked for is taken, or it ends there', async () => {
    const runtime = await startRuntime('cuda').catch((error: Error) => error);
    if (runtime instanceof Error)
      expect(runtime.message).toMatch(/^provider cuda does not run here \(.+\): /);
    else expect(runtime).toMatchObject({ provider: 'cuda', passedOver: new Map() });
  });
});
