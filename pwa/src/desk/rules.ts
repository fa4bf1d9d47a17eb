/** What only a visit needs, apart from the shell: what may be recorded now, what it comes to, and what is signed. */
export { check } from '@sync/check';
export { fold } from '@sync/fold';
export { recordOf } from '@sync/record';
