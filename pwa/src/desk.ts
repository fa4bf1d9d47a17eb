/**
 * The application core, and the only thing that screens call. Every tap that counts goes one way: load → check →
 * append → fold. A function that may be refused resolves to the refusal's sentence, or to null once it is done.
 */
export { boot, confirmPin, enrol, lock, setOutdoor, setPin, unlock } from './desk/people';
export { state, visits, type Loaded } from './desk/state';
export { sendAgain, syncNow } from './desk/sync';
export { readyForPhotos } from './photo';
export {
  attach,
  destroy,
  dropPieces,
  keepPiece,
  keepRecording,
  photograph,
  photographed,
  pictureOf,
  piecesOf,
  thumbOf,
} from './desk/pictures';
export {
  arrive,
  draftOf,
  dropDraft,
  keepDraft,
  load,
  record,
  recordNow,
  textOf,
  type Plain,
} from './desk/visits';
