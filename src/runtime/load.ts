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
 * Loads onnxruntime-node, the one package that is not bundled because it carries native libraries:
 * from `folder` (one that holds a `node_modules`), or from where this file lies.
 *
 * @throws UserError when the package or its native part for this platform is missing
 */
export function loadOnnxRuntime(folder?: string): OnnxRuntime {
  const base = folder === undefined ? import.meta.url : pathToFileURL(`${folder}/`).href;
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
