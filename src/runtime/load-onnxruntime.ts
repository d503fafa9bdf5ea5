import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { messageOf, UserError } from '../errors.ts';

export type OnnxRuntime = typeof import('onnxruntime-node');

/** Whether onnxruntime-node can be loaded from `folder`, or from where this file lies. */
export function canLoadOnnxRuntime(folder?: string): boolean {
  try {
    loadOnnxRuntime(folder);
    return true;
  } catch {
    return false;
  }
}

/**
 * ONNX Runtime keeps events (a device id, names of graphs and model files) in the user's cache folder and asks for the
 * address of its collector, unless it finds this before it is loaded.
 */
const noTelemetry = { ORT_DISABLE_TELEMETRY: '1' };

/**
 * Loads onnxruntime-node with its telemetry off: from `folder` (one that holds a `node_modules`), or from where this
 * file lies. It is the one package that is not bundled, because it carries native libraries.
 *
 * @throws UserError when the package or its native part for this platform is missing
 */
export function loadOnnxRuntime(folder?: string): OnnxRuntime {
  const base = folder === undefined ? import.meta.url : pathToFileURL(`${folder}/`).href;
  Object.assign(process.env, noTelemetry);
  try {
    return createRequire(base)('onnxruntime-node') as OnnxRuntime;
  } catch (error) {
    const why = messageOf(error).slice(0, 200);
    const help =
      folder === undefined
        ? "run npm ci beside quantgate's package.json"
        : `check that the installation in ${folder} is for this machine`;
    throw new UserError(
      `onnxruntime-node does not load on ${process.platform}-${process.arch} (${why}): ${help}`,
    );
  }
}
