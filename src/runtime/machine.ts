import { arch, cpus, platform } from 'node:os';

/** What figures were measured on, on one line: `AMD EPYC 9V74, 4 cores, linux-x64, Node 24.1.0`. */
export function machineText(): string {
  const all = cpus();
  const model = (all[0]?.model ?? '').replace(/\s+/g, ' ').trim();
  const cores = all.length === 1 ? '1 core' : `${all.length} cores`;
  return [...(model === '' ? [] : [model]), cores, `${platform()}-${arch()}`, `Node ${process.versions.node}`]
    .join(', ')
    .slice(0, 300);
}
