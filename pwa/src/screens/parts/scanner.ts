/** A code held before the camera, read in the app itself. */
import { onBeforeUnmount, ref, type Ref } from 'vue';
import { frameReader } from '../../qr';

const EVERY_MS = 200;

/**
 * `take` gets whatever is read, again and again, until it says that this was it. `start` says whether there is a camera
 * that may be used; `stop` gives it back, as leaving the screen does.
 */
export function useScanner(
  video: Ref<HTMLVideoElement | null>,
  take: (text: string) => boolean | Promise<boolean>,
): { camera: Ref<'starting' | 'on' | 'none'>; start: () => Promise<boolean>; stop: () => void } {
  const camera = ref<'starting' | 'on' | 'none'>('starting');
  const over = new AbortController();
  const gone = (): boolean => over.signal.aborted;
  let stream: MediaStream | null = null;

  async function start(): Promise<boolean> {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 1280 } },
      });
    } catch {
      // No camera, or its use is not allowed: the screen offers the other ways.
      camera.value = 'none';
      return false;
    }
    if (video.value && !gone()) return look(video.value, stream);
    stop();
    return true;
  }

  async function look(picture: HTMLVideoElement, from: MediaStream): Promise<boolean> {
    picture.srcObject = from;
    try {
      await picture.play();
    } catch {
      stop();
      // The screen, or the step of it with the picture, was left before the picture came.
      if (!picture.isConnected) return true;
      camera.value = 'none';
      return false;
    }
    camera.value = 'on';
    const read = await frameReader();
    while (!gone()) {
      const text = await read(picture);
      if (text && (await take(text))) stop();
      else await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    return true;
  }

  function stop(): void {
    over.abort();
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
  }
  onBeforeUnmount(stop);
  return { camera, start, stop };
}
