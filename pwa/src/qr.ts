/** Reading a QR code inside the app: the browser's own detector where there is one, else ZXing, fetched then. */

export type ReadFrame = (video: HTMLVideoElement) => Promise<string | null>;

interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats(): Promise<string[]>;
}

export async function frameReader(): Promise<ReadFrame> {
  const own = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  if (own && (await own.getSupportedFormats()).includes('qr_code')) {
    const detector = new own({ formats: ['qr_code'] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  }
  const { readFrame } = await import('./qr-zxing');
  return readFrame;
}

/**
 * The code in what was scanned (the office's QR holds `{"origin": …, "code": …}`) or typed: Crockford's base32, whose
 * readers take O for 0 and I or L for 1 and never mind hyphens, spaces and case.
 */
export function codeIn(text: string): string {
  const scanned = /"code"\s*:\s*"([^"]+)"/.exec(text);
  return (scanned?.[1] ?? text)
    .replace(/[\s-]+/g, '')
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1');
}
