/**
 * Numbers of blank forms that the office prints beforehand. Twin of `form_number.py`, which says why.
 *
 *     fits(number): boolean
 */

const SHAPE = /^([0-9]{4})-([0-9])-([0-9]{5})-([0-9]{2})$/;

/** Whether this is how such a number is written, and its check digits are right. */
export function fits(number: string): boolean {
  const found = SHAPE.exec(number);
  return found !== null && Number(found.slice(1).join('')) % 97 === 1;
}
