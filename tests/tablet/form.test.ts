/** What is typed and not yet recorded: kept for whoever typed it, in every form. */
import 'fake-indexeddb/auto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRenderer, defineComponent, nextTick, type App } from 'vue';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { keepDraft } from '../../pwa/src/desk';
import { house, state } from '../../pwa/src/desk/state';
import { dataKey } from '../../pwa/src/keys';
import { useForm, type Form } from '../../pwa/src/screens/form';
import { NO_PHOTO, NOT_RECORDED } from '../../pwa/src/screens/parts/attempt';
import { Store } from '../../pwa/src/store';

const SCREENS = resolve(import.meta.dirname, '../../pwa/src/screens');
const VISIT = 'a'.repeat(32);
const EMPTY = { text: '', pages: [] as string[] };
type Typed = typeof EMPTY;

/** A component without a page: setup, mount and unmount are Vue's own. */
const nothing = (): object => ({});
const renderer = createRenderer<object, object>({
  createElement: nothing,
  createText: nothing,
  createComment: nothing,
  setText: nothing,
  setElementText: nothing,
  patchProp: nothing,
  insert: nothing,
  remove: nothing,
  parentNode: () => null,
  nextSibling: () => null,
});
let apps: App<object>[] = [];
let disk = 0;

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The form as this person opens it. */
async function opened(
  account: string,
  name = 'supplement',
): Promise<{ form: Form<Typed>; close: () => void }> {
  state.me = { account, name: account };
  const made: Form<Typed>[] = [];
  const app = renderer.createApp(
    defineComponent({
      setup() {
        made.push(useForm(VISIT, name, EMPTY));
        return () => null;
      },
    }),
  );
  apps.push(app);
  app.mount({});
  await settled();
  const [form] = made;
  if (!form) throw new Error('setup did not run');
  return {
    form,
    close: () => {
      app.unmount();
      apps = apps.filter((one) => one !== app);
    },
  };
}

async function typing(form: Form<Typed>, text: string, pages: string[] = []): Promise<void> {
  form.typed.value.text = text;
  form.typed.value.pages = pages;
  await nextTick();
  await settled();
}

describe('a form', () => {
  beforeEach(async () => {
    disk += 1;
    house.store = new Store(`form-${String(disk)}`);
    const key = await dataKey(new Uint8Array(32).fill(7));
    house.open = {
      account: 'li',
      vault: key,
      keys: new Map([[VISIT, key]]),
      guests: new Map(),
      shut: new Set(),
    };
    house.device = {} as never;
  });
  afterEach(async () => {
    for (const app of apps) app.unmount();
    apps = [];
    await house.store.close();
    house.open = null;
    house.device = null;
    state.me = null;
  });

  test('finds again what was typed and which pages were photographed, after the screen is gone', async () => {
    const { form, close } = await opened('li');
    await typing(form, '冷库温度另有记录', ['page-1', 'page-2']);
    close();
    const again = await opened('li');
    expect(again.form.typed.value).toEqual({ text: '冷库温度另有记录', pages: ['page-1', 'page-2'] });
  });

  test('never shows one officer what another one typed', async () => {
    const first = await opened('li');
    await typing(first.form, '李的话');
    first.close();
    const second = await opened('wang');
    expect(second.form.typed.value).toEqual(EMPTY);
    await typing(second.form, '王的话');
    second.close();
    expect((await opened('li')).form.typed.value.text).toBe('李的话');
  });

  test('keeps everything where it is refused and forgets it once it is done; the next one begins empty', async () => {
    const { form, close } = await opened('li');
    await typing(form, '再补一句');
    expect(await form.run(() => Promise.resolve('现在不能记录。'))).toBe(false);
    expect([form.refusal.value, form.typed.value.text]).toEqual(['现在不能记录。', '再补一句']);
    expect(await house.store.draftsOf(VISIT)).toHaveLength(1);
    expect(await form.run(() => Promise.resolve(null))).toBe(true);
    expect(await house.store.draftsOf(VISIT)).toEqual([]);
    form.reset();
    await typing(form, '第二份');
    close();
    expect((await opened('li')).form.typed.value.text).toBe('第二份');
  });

  test('can be used again where the storage failed in the middle: nothing typed is lost, and it is said', async () => {
    const told = vi.spyOn(console, 'error').mockReturnValue(undefined);
    const { form } = await opened('li');
    await typing(form, '再补一句');
    const broken = (): Promise<null> => Promise.reject(new Error('the storage is gone'));
    expect(await form.run(broken)).toBe(false);
    expect([form.busy.value, form.refusal.value, form.typed.value.text]).toEqual([
      false,
      NOT_RECORDED,
      '再补一句',
    ]);
    expect(await form.beside(broken, NO_PHOTO)).toBe(false);
    expect([form.busy.value, form.refusal.value]).toEqual([false, NO_PHOTO]);
    expect(await form.run(() => Promise.resolve(null))).toBe(true);
    expect(told).toHaveBeenCalledTimes(2);
    told.mockRestore();
  });

  test('shows what a colleague recorded meanwhile where nobody touched it, and keeps no draft of that', async () => {
    const { form, close } = await opened('li');
    expect(form.touched()).toBe(false);
    form.reset({ text: '同事记的', pages: [] });
    await nextTick();
    await settled();
    expect([form.touched(), form.typed.value.text]).toEqual([false, '同事记的']);
    expect(await house.store.draftsOf(VISIT)).toEqual([]);
    await typing(form, '同事记的，再补一句');
    expect(form.touched()).toBe(true);
    close();
    expect((await opened('li')).form.typed.value.text).toBe('同事记的，再补一句');
  });

  test('what an older version kept for all belongs to whoever finds it, and to nobody else after', async () => {
    await keepDraft(VISIT, 'supplement', { text: '旧版本的话' });
    const found = await opened('li');
    expect(found.form.typed.value).toEqual({ text: '旧版本的话', pages: [] });
    found.close();
    expect((await opened('wang')).form.typed.value).toEqual(EMPTY);
    expect((await opened('li')).form.typed.value.text).toBe('旧版本的话');
  });

  test('lies sealed: nothing of it is readable on the disk', async () => {
    const { form } = await opened('li');
    await typing(form, 'plain words');
    const [row] = await house.store.draftsOf(VISIT);
    const bytes = new TextDecoder('latin1').decode(row?.sealed.data);
    expect(bytes.length).toBeGreaterThan(0);
    expect(bytes).not.toContain('plain words');
  });
});

/** Nothing is typed there that belongs to a visit. */
const OUTSIDE: Readonly<Record<string, string>> = {
  'Enrol.vue': 'the code and the name of a tablet, before anybody has a key to seal it with',
  'door/Help.vue': 'words that are looked for',
  'parts/ItemCard.vue': 'sixty cards read their drafts at once: desk.answersBegun, of the own account too',
};

describe('every screen on which something is typed', () => {
  const typedOn = readdirSync(SCREENS, { recursive: true, encoding: 'utf-8' })
    .filter((name) => name.endsWith('.vue'))
    .map((name) => ({ name, source: readFileSync(resolve(SCREENS, name), 'utf-8') }))
    .filter(({ source }) => /<textarea|<input[^>]*type="(text|tel|datetime-local)"/.test(source));

  test('keeps it by useForm, with every text in what it keeps', () => {
    expect(typedOn.length).toBeGreaterThan(25);
    for (const { name, source } of typedOn) {
      if (name in OUTSIDE) continue;
      expect(source, name).toContain('useForm');
      const fields = source.match(/<(textarea|input)\b[^>]*>/g) ?? [];
      const texts = fields.filter(
        (one) => one.startsWith('<textarea') || /type="(text|tel|datetime-local)"/.test(one),
      );
      for (const field of texts) expect(field, name).toMatch(/v-model="(typed\.|one\.)/);
    }
  });

  test('and nobody keeps a draft under a name of the own making', () => {
    for (const { name, source } of typedOn)
      if (!(name in OUTSIDE)) expect(source, name).not.toMatch(/keepDraft|draftOf/);
  });
});

describe('every screen that waits for something', () => {
  test('does so by an attempt, so that none waits for ever for what broke off', () => {
    const screens = readdirSync(SCREENS, { recursive: true, encoding: 'utf-8' }).filter((name) =>
      /\.(vue|ts)$/.test(name),
    );
    const waiting = screens.filter((name) =>
      readFileSync(resolve(SCREENS, name), 'utf-8').includes('busy.value = true'),
    );
    expect(waiting.map((name) => name.replaceAll('\\', '/'))).toEqual(['parts/attempt.ts']);
  });
});
