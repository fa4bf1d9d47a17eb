/** A file that is carried for another tablet: how it is cut, and what is said of it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { piecesOf } from '../../pwa/src/desk/carry';
import { pieces } from '../../pwa/src/desk/pieces';
import { partsOf, type SjxFile } from '../../pwa/src/desk/export';
import type { EntryRow } from '../../pwa/src/store';
import { carriedWords, exportedWords } from '../../pwa/src/view/carry';

const NOTHING = {
  label: '二号平板',
  accepted: 0,
  exists: 0,
  held: 0,
  decided: 0,
  refused: 0,
  closed: 0,
  photos: 0,
  photos_refused: 0,
};

function fileOf(entries: number, sizes: readonly number[]): SjxFile {
  const sealed = { iv: '0'.repeat(24), data: '' };
  return {
    format: 'sjx/1',
    device: 'a'.repeat(64),
    keys: {},
    entries: Array.from({ length: entries }, () => ({ entry: {} as never, body: sealed })),
    photos: sizes.map((size, at) => ({
      digest: String(at),
      visit: 'b'.repeat(32),
      picture: { iv: sealed.iv, data: 'x'.repeat(size) },
    })),
  };
}

test('pieces are whole, in order, full, and never more than asked, but for what is too large by itself', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 40 });
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 5 }),
      (things, bytes, many) => {
        const sum = (piece: readonly number[]): number => piece.reduce((all, size) => all + size, 0);
        const cut = [...pieces(things, (size) => size, { bytes, many })];
        expect(cut.flat()).toEqual(things);
        for (const [at, piece] of cut.entries()) {
          expect(piece.length).toBeGreaterThan(0);
          expect(piece.length).toBeLessThanOrEqual(many);
          expect(piece.length === 1 || sum(piece) <= bytes).toBe(true);
          const next = cut[at + 1]?.[0];
          if (next !== undefined && piece.length < many) expect(sum(piece) + next).toBeGreaterThan(bytes);
        }
      },
    ),
  );
});

describe('a file that is carried', () => {
  test('is cut so that entries go before the photos that they announce and nothing goes twice', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 9_000_000 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), sizes, (entries, photos) => {
        const file = fileOf(entries, photos);
        const pieces = [...piecesOf(file)];
        expect(pieces.flatMap((piece) => piece.entries)).toEqual(file.entries);
        expect(pieces.flatMap((piece) => piece.photos.map(({ digest }) => digest))).toEqual(
          file.photos.map(({ digest }) => digest),
        );
        expect(pieces.slice(1).every((piece) => piece.entries.length === 0)).toBe(true);
        for (const { photos: here } of pieces) {
          const size = here.reduce((sum, { picture }) => sum + picture.data.length, 0);
          expect(here.length <= 1 || size <= 8_000_000).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('is never called taken in where something of it was not', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), fc.nat(5), (refused, closed, missing) => {
        const words = carriedWords({ ...NOTHING, accepted: 3, refused, closed, photos_refused: missing });
        const whole = refused + closed + missing === 0;
        expect(words.tone).toBe(whole ? 'good' : 'warn');
        expect(words.lines.some((line) => line.includes('原件仍在文件'))).toBe(!whole);
      }),
    );
  });

  test('that everybody had already says so', () => {
    expect(carriedWords({ ...NOTHING, exists: 4, photos: 1 }).lines.slice(0, 2)).toEqual([
      '记录（条）：此前已收到 4',
      '照片（张）：已收妥 1',
    ]);
  });

  test('is cut when it is written too, so that the server takes each part and the tablet can hold it', () => {
    const sizes = (max: number) => fc.array(fc.integer({ min: 1, max }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes(30_000_000), sizes(64_000_000), (entries, pictures) => {
        const rows = entries.map((size, at) => ({ id: String(at), size }) as unknown as EntryRow);
        const photos = pictures.map((size, at) => ({ digest: String(at), size }));
        const sizeOf = (row: EntryRow) => entries[Number(row.id)] ?? 0;
        const parts = partsOf(rows, sizeOf, photos);
        expect(parts.flatMap((part) => part.rows)).toEqual(rows);
        expect(parts.flatMap((part) => part.photos)).toEqual(photos.map(({ digest }) => digest));
        const firstPhoto = parts.findIndex((part) => part.photos.length > 0);
        if (firstPhoto >= 0)
          expect(parts.slice(firstPhoto + 1).every((part) => part.rows.length === 0)).toBe(true);
        for (const part of parts) {
          const bytes =
            part.rows.reduce((sum, row) => sum + sizeOf(row), 0) +
            part.photos.reduce((sum, digest) => sum + (pictures[Number(digest)] ?? 0), 0);
          const things = part.rows.length + part.photos.length;
          expect(things).toBeGreaterThan(0);
          expect(things === 1 || bytes <= 48_000_000).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('says which part was written, and that all of them are needed', () => {
    expect(exportedWords(0, null)).toContain('不用导出');
    expect(exportedWords(3, null)).toContain('3 份');
    expect(exportedWords(3, { place: 0, entries: 9, photos: 100 })).toMatch(/第 1 份，共 3 份.*下一份/);
    expect(exportedWords(3, { place: 2, entries: 0, photos: 4 })).toContain('按顺序逐份导入');
    expect(exportedWords(1, { place: 0, entries: 1, photos: 0 })).toContain('本机原件仍在');
  });
});
