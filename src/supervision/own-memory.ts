import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Bytes that a process holds of its own, in memory or swapped out: on Linux without what it maps from files, such as
 * libraries; elsewhere all that is resident. Undefined where the system does not tell, or the process has ended.
 */
export async function ownMemory(pid: number): Promise<number | undefined> {
  try {
    // Not by a thread of the pool, which takes longer to wake up than this takes.
    if (process.platform === 'linux') return fromStatus(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return kilobytes(stdout.trim());
  } catch {
    return undefined;
  }
}

/** What /proc/PID/status says; kernels that do not tell what is mapped from files tell only the whole. */
export function fromStatus(status: string): number | undefined {
  const of = (key: string) => kilobytes(new RegExp(`^${key}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]);
  const resident = of('RssAnon') ?? of('VmRSS');
  return resident && resident + (of('VmSwap') ?? 0);
}

function kilobytes(digits: string | undefined): number | undefined {
  return digits === undefined || !/^\d+$/.test(digits) ? undefined : 1024 * Number(digits);
}
