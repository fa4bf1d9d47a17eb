import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leaps, metres } from '@sync/leaps';
import vectors from '../../sync/vectors/leaps.json';

const place = (latitude: number, longitude: number, age = 0) => ({
  latitude: latitude * 1e6,
  longitude: longitude * 1e6,
  accuracy: 5,
  age,
});

describe('leaps of the place', () => {
  test.each(vectors.cases)('$reason', ({ fixes, leaps: wanted }) => {
    expect(leaps(fixes).map(([{ entry }, far]) => [entry, far])).toEqual(wanted);
  });

  test('whoever stands still never leaps, however the fixes are ordered', () => {
    const moments = fc.tuple(fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 3_000 }));
    fc.assert(
      fc.property(fc.array(moments, { maxLength: 40 }), (all) => {
        const fixes = all.map(([minute, age]) => ({
          at: `2026-11-20T02:${String(minute).padStart(2, '0')}:00.000Z`,
          place: place(29.5, 106.5, age),
        }));
        expect(leaps(fixes)).toEqual([]);
      }),
    );
  });

  test('a distance is the same both ways, and a degree of latitude is about 111 km', () => {
    const [a, b] = [place(29.5, 106.5), place(30.5, 106.5)];
    expect(metres(a, b)).toBeCloseTo(metres(b, a), 6);
    expect(metres(a, b) / 1000).toBeCloseTo(111.2, 1);
    expect(metres(a, a)).toBe(0);
  });
});
