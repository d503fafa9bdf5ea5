import { describe, expect, it } from 'vitest';
import { changesBetween, type Snapshot } from '../../../src/history/snapshot.ts';

const snapshot = (ranges: Snapshot['ranges'], impacts: Snapshot['impacts'] = []): Snapshot => ({
  ranges,
  impacts,
});

describe('what differs between two quantized models', () => {
  it('is nothing of the same, nor of what another run rounds otherwise', () => {
    const one = snapshot([['a', [-1, 1]]], [['conv', 0.1]]);
    expect(changesBetween(one, one)).toEqual({ ranges: [], impacts: [] });
    expect(changesBetween(one, snapshot([['a', [-1, 1 + 1e-9]]], [['conv', 0.1]])).ranges).toEqual([]);
    expect(changesBetween(snapshot([['dead', [0, 0]]]), snapshot([['dead', [0, 0]]])).ranges).toEqual([]);
  });

  it('comes with the range first that moved furthest for its width', () => {
    const before = snapshot([['wide', [-100, 100]], ['narrow', [0, 1]], ['same', [0, 5]]]); // biome-ignore format: ranges
    const after = snapshot([['wide', [-110, 100]], ['narrow', [0, 2]], ['same', [0, 5]]]); // biome-ignore format: ranges
    expect(changesBetween(before, after).ranges).toEqual([
      { name: 'narrow', before: [0, 1], after: [0, 2] },
      { name: 'wide', before: [-100, 100], after: [-110, 100] },
    ]);
  });

  it('comes with the unit first that makes most more or less noise', () => {
    const before = snapshot([], [['a', 0.1], ['b', 0.5], ['c', 0.2]]); // biome-ignore format: impacts
    const after = snapshot([], [['a', 0.15], ['b', 0.1], ['c', 0.2]]); // biome-ignore format: impacts
    expect(changesBetween(before, after).impacts.map(({ name }) => name)).toEqual(['b', 'a']);
  });

  it('ends with what only one side has', () => {
    const changes = changesBetween(
      snapshot([['gone', [0, 1]], ['kept', [0, 1]]]), // biome-ignore format: ranges
      snapshot([['new', [0, 9]], ['kept', [0, 1.1]]]), // biome-ignore format: ranges
    );
    expect(changes.ranges).toEqual([
      { name: 'kept', before: [0, 1], after: [0, 1.1] },
      { name: 'new', before: undefined, after: [0, 9] },
      { name: 'gone', before: [0, 1], after: undefined },
    ]);
  });
});
