import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HttpClient } from '@actions/http-client';
import { openPromise } from 'yauzl';
import { messageOf, UserError } from '../errors.ts';
import { sha256OfFiles } from '../sha256.ts';
import { BRING_YOUR_OWN } from './npm.ts';

/** Which libraries ONNX Runtime needs to compute with CUDA: files of one archive that never changes. */
export interface CudaPin {
  readonly onnxruntime: string;
  /** Major version of the CUDA that they were built for. */
  readonly cuda: number;
  readonly platform: string;
  readonly url: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly sha256: string;
  /** Paths in the archive. */
  readonly files: readonly string[];
}

/** Opens a URL for reading. */
export type Download = (url: string) => Promise<AsyncIterable<Uint8Array>>;

/**
 * Puts ONNX Runtime's CUDA libraries into `folder`, beside the library that loads them. Nothing of the archive is
 * read before its hash is what the pin says.
 *
 * @throws UserError when there are none for this platform, or they cannot be downloaded, or are others
 */
export async function installCuda(
  folder: string,
  pin: CudaPin,
  platform: string,
  download: Download,
): Promise<void> {
  if (platform !== pin.platform) {
    throw new UserError(
      `provider cuda: ONNX Runtime's CUDA libraries are for ${pin.platform}, this runner is ${platform}: choose provider: cpu or webgpu`,
    );
  }
  const archive = join(folder, 'cuda.zip');
  try {
    await save(archive, pin, download);
    const zip = await openPromise(archive);
    try {
      for await (const entry of zip.eachEntry()) {
        if (!pin.files.includes(entry.fileName)) continue;
        const to = join(folder, basename(entry.fileName));
        await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(to));
      }
    } finally {
      zip.close();
    }
  } finally {
    await rm(archive, { force: true });
  }
}

async function save(archive: string, { url, size, sha256 }: CudaPin, download: Download): Promise<void> {
  let left = size;
  const bounded = new Transform({
    transform(chunk: Uint8Array, _, done) {
      left -= chunk.byteLength;
      done(left < 0 ? new Error(`it is larger than ${size} bytes`) : null, chunk);
    },
  });
  try {
    await pipeline(await download(url), bounded, createWriteStream(archive));
  } catch (error) {
    // The disk is no matter of the download.
    if ((error as NodeJS.ErrnoException).syscall === 'write') throw error;
    throw new UserError(
      `ONNX Runtime's CUDA libraries cannot be downloaded from ${new URL(url).host} (${messageOf(error).slice(0, 200)}): let this runner reach it, ${BRING_YOUR_OWN}`,
    );
  }
  const found = await sha256OfFiles([archive]);
  if (found !== sha256) {
    throw new UserError(
      `ONNX Runtime's CUDA libraries from ${new URL(url).host} are others than the pinned ones (SHA-256 ${found.slice(0, 12)}, not ${sha256.slice(0, 12)}), nothing was installed: check what stands between this runner and it`,
    );
  }
}

/** Downloads through the proxy that the runner's environment names, if any. */
export async function downloadFile(url: string): Promise<AsyncIterable<Uint8Array>> {
  const client = new HttpClient('quantgate', [], {
    allowRetries: true,
    maxRetries: 3,
    socketTimeout: 60_000,
  });
  const { message } = await client.get(url);
  if (message.statusCode !== 200) {
    message.resume();
    throw new Error(`HTTP status ${message.statusCode}`);
  }
  return message;
}
