import { z } from 'zod';
import { parseJson } from '../json.ts';

const version = z.string().max(64);
const manifest = z.object({ version });
const lock = z.object({ packages: z.object({ 'node_modules/onnxruntime-node': manifest }) });

/**
 * The version of onnxruntime-node that a package-lock.json asks for.
 *
 * @throws UserError when it asks for none
 */
export function lockedVersion(text: string): string {
  const wanted = {
    where: 'package-lock.json',
    what: 'a lock of onnxruntime-node',
    remedy: 'install quantgate again',
  };
  return parseJson(text, lock, wanted).packages['node_modules/onnxruntime-node'].version;
}

/**
 * The version that a package.json states.
 *
 * @throws UserError when it states none
 */
export function statedVersion(text: string): string {
  const wanted = { where: 'package.json', what: 'that of a package', remedy: 'install the package again' };
  return parseJson(text, manifest, wanted).version;
}
