/** What only a visit needs, apart from the shell: what may be recorded now, and what is signed. */
export { check } from '@sync/check';
export { recordOf } from '@sync/record';
