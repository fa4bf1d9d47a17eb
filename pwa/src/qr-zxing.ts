import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url';

// The decoder comes from our own server, never from a public network: a tablet has none.
prepareZXingModule({
  overrides: {
    locateFile: (name: string, prefix: string) => (name.endsWith('.wasm') ? wasm : prefix + name),
  },
});

const canvas = document.createElement('canvas');

export async function readFrame(video: HTMLVideoElement): Promise<string | null> {
  const { videoWidth: width, videoHeight: height } = video;
  if (!width || !height) return null;
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (!pen) return null;
  pen.drawImage(video, 0, 0);
  const found = await readBarcodes(pen.getImageData(0, 0, width, height), {
    formats: ['QRCode'],
    maxNumberOfSymbols: 1,
  });
  return found[0]?.text ?? null;
}
