/** 录音、录像: one at a time on this tablet, kept piece by piece, so that a kill loses seconds and not the whole. */
import type { ItemOf } from '@sync/words';
import { shallowRef } from 'vue';
import { draftOf, dropDraft, dropPieces, keepDraft, keepPiece, keepRecording, piecesOf } from '../../desk';

const SLOT = 'recording';
const PIECE_MS = 3_000;
/** Below what one recording may have; then it ends by itself and is saved. */
const MOST_BYTES = 60_000_000;
const BITS = { audio: 48_000, video: 700_000 };
const TYPES = {
  audio: ['audio/webm', 'audio/mp4'],
  video: ['video/webm', 'video/mp4'],
} as const;
type MediaType = (typeof TYPES)['audio' | 'video'][number];

export type What = 'audio' | 'video';

/** What a recording is about; it lies beside the pieces until the recording is saved. */
interface About {
  media_type: MediaType;
  seconds: number;
  items: ItemOf[];
  caption: string;
}

export interface Running {
  visit: string;
  what: What;
  since: number;
  stream: MediaStream;
}

/** What runs now, null while nothing does; every screen of the visit shows it. */
export const running = shallowRef<Running | null>(null);
/** Why a recording ended by itself, until the next one. */
export const ended = shallowRef<string | null>(null);

let recorder: MediaRecorder | null = null;
let about: About | null = null;
let pieces: Promise<unknown> = Promise.resolve();

function typeFor(what: What): MediaType | null {
  if (typeof MediaRecorder === 'undefined') return null;
  return TYPES[what].find((type) => MediaRecorder.isTypeSupported(type)) ?? null;
}

/** Whether this device can record at all. */
export function canRecord(): boolean {
  return 'mediaDevices' in navigator && typeFor('audio') !== null;
}

/** Begin; the sentence that says why not, or null once it runs. The party was told before. */
export async function begin(
  visit: string,
  what: What,
  items: ItemOf[],
  caption: string,
): Promise<string | null> {
  const type = typeFor(what);
  if (type === null) return '本机不能录制，请改用其他设备录制后在记录中注明。';
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: true,
      video: what === 'video' ? { facingMode: 'environment', width: 640, height: 480 } : false,
    });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return '没有取得麦克风或摄像头，没有开始录制；请在系统设置中允许后再试。';
  }
  const began: About = { media_type: type, seconds: 0, items, caption };
  const since = Date.now();
  await keepAbout(visit, began);
  recorder = new MediaRecorder(stream, {
    mimeType: type,
    audioBitsPerSecond: BITS.audio,
    ...(what === 'video' ? { videoBitsPerSecond: BITS.video } : {}),
  });
  about = began;
  ended.value = null;
  let number = 0;
  let bytes = 0;
  recorder.addEventListener('dataavailable', ({ data }) => {
    if (data.size === 0) return;
    const place = number++;
    bytes += data.size;
    began.seconds = Math.round((Date.now() - since) / 1000);
    pieces = pieces.then(async () => {
      const refusal = await keepPiece(visit, place, data);
      await keepAbout(visit, began);
      if (refusal !== null) stopBecause(refusal);
    });
    if (bytes > MOST_BYTES) stopBecause('录制已到单个文件的上限，已自动结束并保存；需要继续的，请重新开始。');
  });
  recorder.start(PIECE_MS);
  running.value = { visit, what, since, stream };
  return null;
}

function keepAbout(visit: string, what: About): Promise<void> {
  return keepDraft(visit, SLOT, {
    ...what,
    items: what.items.map(({ organisation, item }) => ({ organisation, item })),
  });
}

function stopBecause(sentence: string): void {
  ended.value = sentence;
  void end();
}

/** End and save; the refusal's sentence, or null. Refused, the pieces stay and can be saved later. */
export async function end(): Promise<string | null> {
  const now = running.value;
  const live = recorder;
  if (!now || !live) return null;
  recorder = null;
  running.value = null;
  await new Promise<void>((resolve) => {
    live.addEventListener('stop', () => {
      resolve();
    });
    live.stop();
  });
  for (const track of now.stream.getTracks()) track.stop();
  await pieces;
  if (about) about.seconds = Math.round((Date.now() - now.since) / 1000);
  return saveKept(now.visit, about);
}

/** What was kept of a recording that a kill ended; null where there is nothing. */
export async function kept(visit: string): Promise<About | null> {
  if (running.value?.visit === visit) return null;
  return (await draftOf(visit, SLOT)) as About | null;
}

/** Save the pieces that lie here as one recording. */
export async function saveKept(visit: string, what: About | null): Promise<string | null> {
  const known = what ?? ((await draftOf(visit, SLOT)) as About | null);
  const all = await piecesOf(visit);
  if (!known || all.length === 0) {
    await dropDraft(visit, SLOT);
    return null;
  }
  const refusal = await keepRecording(visit, new Blob(all, { type: known.media_type }), {
    ...known,
    announced: true,
  });
  if (refusal === null) await dropKept(visit);
  return refusal;
}

/** Throw away what was kept of it. */
export async function dropKept(visit: string): Promise<void> {
  await dropPieces(visit);
  await dropDraft(visit, SLOT);
}
