/** 录音、录像: one at a time on this tablet, kept piece by piece, so that a kill loses seconds and not the whole. */
import type { ItemOf } from '@sync/words';
import { shallowRef } from 'vue';
import { draftOf, dropDraft, dropPieces, keepDraft, keepPiece, keepRecording, piecesOf } from '../../desk';
import { finishing } from '../../desk/under_way';

const SLOT = 'recording';
const PIECE_MS = 3_000;
/** The first byte of a WebM file. */
const WEBM = 0x1a;
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

/** What was heard of the recording that runs: it is saved from here, and the pieces on the disk are for a kill. */
interface Heard {
  visit: string;
  about: About;
  taken: Blob[];
  /** How many of them lie on the disk. */
  lying: number;
}

const GONE = '麦克风或摄像头已断开，录制已自动结束';
const FULL = '录制已到单个文件的上限，已自动结束';
const UNKEPT = '本机存储出了差错，最近几秒的录制还没有存好，正在再试；请尽快点“结束并保存”。';
const FAULT = '本机存储出了差错，录制还没有保存；请重新进入本次检查，点“保存”再试。';

let recorder: MediaRecorder | null = null;
let heard: Heard | null = null;
let pieces: Promise<unknown> = Promise.resolve();
/** One recording is saved before the next one begins: their pieces lie in the same place. */
let saving: Promise<unknown> = Promise.resolve();

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
  if (running.value) return '正在录制，请先结束并保存。';
  await saving;
  // What a kill cut off, or what could not be saved, would be written over piece by piece.
  const before = await saveKept(visit, null);
  if (before !== null) return `上次录制的部分还没有保存，没有开始新的录制。${before}`;
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
  try {
    await runs(visit, what, stream, { media_type: type, seconds: 0, items, caption });
    return null;
  } catch (error) {
    console.error(error);
    for (const track of stream.getTracks()) track.stop();
    return '本机出了差错，没有开始录制；请稍等再试一次。';
  }
}

async function runs(visit: string, what: What, stream: MediaStream, about: About): Promise<void> {
  const since = Date.now();
  await keepAbout(visit, about);
  const live = new MediaRecorder(stream, {
    mimeType: about.media_type,
    audioBitsPerSecond: BITS.audio,
    ...(what === 'video' ? { videoBitsPerSecond: BITS.video } : {}),
  });
  const mine: Heard = { visit, about, taken: [], lying: 0 };
  let bytes = 0;
  live.addEventListener('dataavailable', ({ data }) => {
    if (data.size === 0) return;
    mine.taken.push(data);
    bytes += data.size;
    about.seconds = Math.round((Date.now() - since) / 1000);
    pieces = pieces.then(() => keepPieces(mine));
    if (bytes > MOST_BYTES) stopBecause(FULL);
  });
  const gone = (): void => {
    if (recorder === live) stopBecause(GONE);
  };
  live.addEventListener('stop', gone);
  live.addEventListener('error', gone);
  for (const track of stream.getTracks()) track.addEventListener('ended', gone);
  live.start(PIECE_MS);
  pieces = Promise.resolve();
  recorder = live;
  heard = mine;
  ended.value = null;
  running.value = { visit, what, since, stream };
}

/** Every piece that does not lie on the disk yet, in order; what fails is tried again with the next one. */
async function keepPieces(mine: Heard): Promise<void> {
  try {
    for (let piece = mine.taken[mine.lying]; piece; piece = mine.taken[mine.lying]) {
      const refusal = await keepPiece(mine.visit, mine.lying, piece);
      if (refusal !== null) {
        if (heard === mine && recorder) stopBecause(refusal);
        return;
      }
      mine.lying += 1;
    }
    await keepAbout(mine.visit, mine.about);
    if (ended.value === UNKEPT) ended.value = null;
  } catch (error) {
    console.error(error);
    if (heard === mine && recorder) ended.value = UNKEPT;
  }
}

function keepAbout(visit: string, what: About): Promise<void> {
  return keepDraft(visit, SLOT, {
    ...what,
    items: what.items.map(({ organisation, item }) => ({ organisation, item })),
  });
}

/** It ended by itself: what is there is saved at once, and both are said. */
function stopBecause(sentence: string): void {
  void end().then((refusal) => {
    const then = refusal ?? '已录部分已存本机；需要继续的，请重新开始。';
    ended.value = then === sentence ? then : `${sentence.replace(/。$/, '')}。${then}`;
  });
}

/** End and save; the refusal's sentence, or null. Refused, the pieces stay and can be saved later. */
export function end(): Promise<string | null> {
  const now = running.value;
  const live = recorder;
  if (!now || !live) return Promise.resolve(null);
  recorder = null;
  running.value = null;
  const done = finishing(stopped(live, now)).catch((error: unknown) => {
    console.error(error);
    return FAULT;
  });
  saving = done;
  return done;
}

async function stopped(live: MediaRecorder, now: Running): Promise<string | null> {
  // Without its microphone it has stopped by itself, and says so no more.
  if (live.state !== 'inactive') {
    await new Promise<void>((resolve) => {
      live.addEventListener('stop', () => {
        resolve();
      });
      live.stop();
    });
  }
  for (const track of now.stream.getTracks()) track.stop();
  await pieces;
  if (heard) heard.about.seconds = Math.round((Date.now() - now.since) / 1000);
  ended.value = null;
  return saveKept(now.visit, heard?.about ?? null);
}

/** What was kept of a recording that a kill ended; null where there is nothing. */
export async function kept(visit: string): Promise<About | null> {
  if (running.value?.visit === visit) return null;
  await saving;
  return aboutIn(visit);
}

/** Pieces whose words were lost are worth no less: what they are is read from their first bytes. */
async function aboutIn(visit: string): Promise<About | null> {
  const about = (await draftOf(visit, SLOT)) as About | null;
  if (about) return about;
  const [first, ...more] = await piecesOf(visit);
  if (!first) return null;
  const [byte] = new Uint8Array(await first.slice(0, 1).arrayBuffer());
  const seconds = ((1 + more.length) * PIECE_MS) / 1000;
  return { media_type: byte === WEBM ? 'video/webm' : 'video/mp4', seconds, items: [], caption: '' };
}

/** Save the pieces that lie here as one recording. */
export async function saveKept(visit: string, what: About | null): Promise<string | null> {
  try {
    const mine = heard?.visit === visit && !recorder ? heard : null;
    const known = what ?? mine?.about ?? (await aboutIn(visit));
    const all = mine && mine.taken.length > 0 ? mine.taken : await piecesOf(visit);
    if (known && all.length > 0) {
      const media = new Blob(all, { type: known.media_type });
      const refusal = await keepRecording(visit, media, { ...known, announced: true });
      if (refusal !== null) return refusal;
    }
    await dropKept(visit);
    return null;
  } catch (error) {
    console.error(error);
    return FAULT;
  }
}

/** Throw away what was kept of it. */
export async function dropKept(visit: string): Promise<void> {
  if (heard?.visit === visit && !recorder) heard = null;
  await dropPieces(visit);
  await dropDraft(visit, SLOT);
}
