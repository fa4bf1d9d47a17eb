/** A short fault of the browser's storage while something is recorded: a sentence, and never a wrong one. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { office, One, VISIT } from './one';
import { install, uninstall } from './page';

beforeAll(install);
afterAll(uninstall);

let one: One;
const told = { recusal: 'not_requested', statement: '' };
const fault = () => Promise.reject(new DOMException('Internal error', 'UnknownError'));

beforeEach(async () => {
  const { server, net, team } = await office();
  const [me] = team;
  if (!me) throw new Error('the vector has no team');
  one = await One.of(server, net, me);
  expect(await one.arrives()).toBeNull();
  expect(await one.shows()).toBeNull();
});

const store = () => one.page.inner.house.store;
const shown = (): number =>
  one.page.desk.visits.get(VISIT)?.entries.filter(([{ kind }]) => kind === 'rights.told').length ?? 0;

test('what could not be written is refused with a sentence, and is recorded once the storage is well', async () => {
  const real = store().append.bind(store());
  store().append = fault;
  expect(await one.record('rights.told', told)).toContain('本机存储出了差错');
  store().append = real;
  expect(shown()).toBe(0);
  expect(await one.record('rights.told', told)).toBeNull();
  expect(shown()).toBe(1);
});

test('what was written before the storage failed is not told as refused, or it would be recorded twice', async () => {
  const real = store().append.bind(store());
  store().append = async (...all) => {
    await real(...all);
    return fault();
  };
  expect(await one.record('rights.told', told)).toBeNull();
  expect(shown()).toBe(1);
});

test('nor is what was written and could not be counted', async () => {
  const real = store().exchange.bind(store());
  const append = store().append.bind(store());
  store().append = async (...all) => {
    const made = await append(...all);
    store().exchange = fault;
    return made;
  };
  expect(await one.record('rights.told', told)).toBeNull();
  store().exchange = real;
  store().append = append;
  expect(shown()).toBe(1);
});

test('where nothing can be read either, nobody is told that it was not saved', async () => {
  store().append = fault;
  const real = store().entriesOf.bind(store());
  store().entriesOf = fault;
  expect(await one.record('rights.told', told)).toContain('没有确认');
  store().entriesOf = real;
});
