/** The room that the browser gives: asked to be kept, measured, and told as photos that still fit. */

/** Bytes that the browser allows and that are used; `kept`: whether it promised not to clear them by itself. */
export interface Space {
  quota: number;
  usage: number;
  kept: boolean;
}

/** What a photo takes before one was taken here: a camera's picture beside its working copy, in bytes. */
export const PHOTO_BYTES = 6_000_000;
/** Room that is never counted as room for photos: answers, signatures and packets must always fit. */
export const RESERVE_BYTES = 50_000_000;
/** From so many photos left on the tablet says so, and from so many it warns. */
export const TELL_PHOTOS = 100;
export const WARN_PHOTOS = 30;

export type Room = 'ample' | 'low' | 'short' | 'none';

/** How many photos still fit, where one takes `each` bytes. */
export function photosLeft({ quota, usage }: Space, each: number = PHOTO_BYTES): number {
  return Math.max(0, Math.floor((quota - usage - RESERVE_BYTES) / Math.max(1, each)));
}

export function roomFor(left: number): Room {
  if (left === 0) return 'none';
  if (left < WARN_PHOTOS) return 'short';
  return left < TELL_PHOTOS ? 'low' : 'ample';
}

/** What the photos here took on the average, never less than half of the usual: an early small one must not deceive. */
export function bytesEach(sizes: readonly number[]): number {
  if (sizes.length === 0) return PHOTO_BYTES;
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  return Math.max(PHOTO_BYTES / 2, Math.ceil(mean));
}

/** What stands in sight everywhere before it hurts; null while there is room. */
export function roomWarning(space: Space | null, each: number = PHOTO_BYTES): string | null {
  if (!space) return null;
  const left = photosLeft(space, each);
  const room = roomFor(left);
  if (room === 'none')
    return '本机存储空间不足，不能再拍照片；已有记录都在。请联网同步后，到“数据与同步”清理。';
  if (room === 'short')
    return `本机存储空间快满，还可拍约 ${String(left)} 张照片。请联网同步后，到“数据与同步”清理。`;
  return null;
}

/** What is stored here is not to be cleared by the browser when the disk gets full. Whether it promised that. */
export async function askToKeep(): Promise<boolean> {
  if (!hasStorage()) return false;
  return (await navigator.storage.persisted()) || (await navigator.storage.persist());
}

/** Null where the browser tells nothing. */
export async function measured(): Promise<Space | null> {
  if (!hasStorage()) return null;
  const { quota, usage } = await navigator.storage.estimate();
  if (quota === undefined || usage === undefined) return null;
  return { quota, usage, kept: await navigator.storage.persisted() };
}

/** An origin without TLS has no such thing. */
function hasStorage(): boolean {
  return typeof navigator !== 'undefined' && 'storage' in navigator;
}
