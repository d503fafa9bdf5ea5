import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, UserError } from '../errors.ts';

/** What a person does where nothing can be downloaded. */
export const BRING_YOUR_OWN =
  'or install it on the runner and set QUANTGATE_RUNTIME to its folder (docs/action.md, Runtime)';

const TIME_LIMIT_MS = 10 * 60_000;

/** What npm says when it does not reach its registry, or is not let in. */
const unreachable =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENETUNREACH|EHOSTUNREACH|E401|E403|E5\d\d|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\b/;

/**
 * Installs what the package-lock.json in `folder` names. npm checks the lock's hashes, and no script of a package runs:
 * onnxruntime-node's own would download CUDA libraries without checking them.
 *
 * @throws UserError when npm is missing, does not reach its registry, or finds another package than the lock names
 */
export async function npmCi(folder: string): Promise<void> {
  const cli = npmBesideNode(process.execPath);
  const [command, first] = cli === undefined ? ['npm', []] : [process.execPath, [cli]];
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  try {
    await promisify(execFile)(command, [...first, ...args], {
      cwd: folder,
      // npm is a batch file there.
      shell: cli === undefined && process.platform === 'win32',
      timeout: TIME_LIMIT_MS,
    });
  } catch (error) {
    throw new UserError(failureOf(error));
  }
}

/** Node's own npm needs no PATH, which earlier steps of a job may change. Not every runner ships it. */
function npmBesideNode(node: string): string | undefined {
  const folder = dirname(node);
  return [join(folder, '..', 'lib'), folder]
    .map((place) => join(place, 'node_modules', 'npm', 'bin', 'npm-cli.js'))
    .find((path) => existsSync(path));
}

/** One line about a failed `npm ci`. */
export function failureOf(error: unknown): string {
  const { code, stderr = '', killed } = error as { code?: unknown; stderr?: string; killed?: boolean };
  if (code === 'ENOENT')
    return `onnxruntime-node is installed by npm, which is not on this runner: put it on the PATH, ${BRING_YOUR_OWN}`;
  if (killed)
    return `onnxruntime-node could not be installed within ${TIME_LIMIT_MS / 60_000} minutes: check the runner's way to npm's registry, ${BRING_YOUR_OWN}`;
  if (/\bEINTEGRITY\b/.test(stderr))
    return "npm's registry gives another onnxruntime-node than the one that is locked (EINTEGRITY), nothing was installed: check the registry that the runner's npm uses";
  const why = unreachable.exec(stderr)?.[1];
  if (why !== undefined)
    return `npm's registry cannot be reached to install onnxruntime-node (${why}): let this runner reach it or set npm's registry, ${BRING_YOUR_OWN}`;
  const said = stderr.trim() === '' ? messageOf(error) : messageOf(stderr);
  return `onnxruntime-node could not be installed by npm (${said.slice(0, 300)}): repair it on the runner, ${BRING_YOUR_OWN}`;
}
