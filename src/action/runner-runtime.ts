import { provideOnnxRuntime } from '../runtime/install.ts';
import { ownOnnxRuntime } from '../runtime/preinstalled.ts';
import type { RequestedProvider } from '../runtime/provider.ts';
import { type Runtime, startRuntime } from '../runtime/runtime.ts';
import { inThreads } from '../runtime/session-thread.ts';

/** What of a runner decides where onnxruntime-node comes from. */
export interface RuntimePlace {
  /** Folder with the package.json and package-lock.json of the runtime. */
  readonly manifests: string;
  /** Folder that survives between jobs where the runner keeps one. */
  readonly cache: string;
  readonly workspace: string;
  /** QUANTGATE_RUNTIME: where the owner of the runner installed onnxruntime-node, if at all. */
  readonly ownRuntime: string | undefined;
}

/**
 * Starts ONNX Runtime on a runner, installed on first use, and tells which provider it took.
 *
 * @throws UserError when it cannot be installed, or the provider that was asked for does not run
 */
export async function startRunnerRuntime(
  requested: RequestedProvider,
  { manifests, cache, workspace, ownRuntime }: RuntimePlace,
  print: (line: string) => void,
): Promise<Runtime> {
  const folder =
    ownRuntime === undefined
      ? await provideOnnxRuntime(manifests, cache, requested === 'cuda')
      : await ownOnnxRuntime(ownRuntime, workspace, manifests);
  const runtime = await startRuntime(requested, folder);
  for (const [provider, why] of runtime.passedOver) print(`provider ${provider} does not run here: ${why}`);
  print(`ONNX Runtime ${runtime.version} computes on ${runtime.provider}`);
  return inThreads(runtime, folder);
}
