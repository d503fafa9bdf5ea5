import type { HistoryPoint } from '../../src/history/point.ts';

/** The i-th recording of a model on two targets, a day after the one before it. */
export function historyPoint(i: number): HistoryPoint {
  const fp32 = 0.95 + 0.02 * Math.sin(i / 9);
  const on = (target: string, drop: number) => ({
    target,
    int8: fp32 - drop,
    drop,
    interval: [drop - 0.004, drop + 0.006] as [number, number],
    worstLayer: `layer${i % 5}/conv`,
    maxBitsLost: 0.4,
  });
  return {
    commit: i.toString(16).padStart(40, '0'),
    date: new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
    tool: '0.1.0',
    metric: 'top1',
    fp32,
    targets: [on('tensorrt', 0.003), on('snpe', 0.012 + 0.01 * Math.cos(i / 5))],
  };
}
