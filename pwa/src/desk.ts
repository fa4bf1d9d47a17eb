/**
 * The application core, and the only thing that screens call. Every tap that counts goes one way: load → check →
 * append → fold. A function that may be refused resolves to the refusal's sentence, or to null once it is done.
 */
import type * as Pictures from './desk/pictures';

export { boot, confirmPin, enrol, lock, setOutdoor, setPin, unlock } from './desk/people';
export { former, state, visits, type Loaded } from './desk/state';
export { sendAgain, syncNow } from './desk/sync';
export { readyForPhotos } from './photo';
export {
  answersBegun,
  arrive,
  askFirst,
  draftOf,
  dropDraft,
  keepDraft,
  load,
  record,
  recordNow,
  textOf,
  type AnswerDraft,
  type Plain,
} from './desk/visits';

/** Pictures and sound, apart from the shell: loaded with the first one. */
const pictures = (): Promise<typeof Pictures> => import('./desk/pictures');
export const attach: typeof Pictures.attach = async (...all) => (await pictures()).attach(...all);
export const destroy: typeof Pictures.destroy = async (...all) => (await pictures()).destroy(...all);
export const dropPieces: typeof Pictures.dropPieces = async (...all) => (await pictures()).dropPieces(...all);
export const keepPiece: typeof Pictures.keepPiece = async (...all) => (await pictures()).keepPiece(...all);
export const keepRecording: typeof Pictures.keepRecording = async (...all) =>
  (await pictures()).keepRecording(...all);
export const photograph: typeof Pictures.photograph = async (...all) => (await pictures()).photograph(...all);
export const photographed: typeof Pictures.photographed = async (...all) =>
  (await pictures()).photographed(...all);
export const pictureOf: typeof Pictures.pictureOf = async (...all) => (await pictures()).pictureOf(...all);
export const piecesOf: typeof Pictures.piecesOf = async (...all) => (await pictures()).piecesOf(...all);
export const thumbOf: typeof Pictures.thumbOf = async (...all) => (await pictures()).thumbOf(...all);
