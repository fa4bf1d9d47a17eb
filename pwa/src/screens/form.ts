import type { JSONValue } from '@sync/canon';
import type { FieldKind } from '@sync/words';
import { onMounted, ref, watch, type Ref } from 'vue';
import { draftOf, dropDraft, keepDraft, record, state, type Plain } from '../desk';

/** What somebody types before it is recorded: kept for this person until then, whatever happens to the tablet. */
export interface Form<T> {
  typed: Ref<T>;
  refusal: Ref<string | null>;
  busy: Ref<boolean>;
  /** Record it; true once it lies here. Refused, everything typed stays. */
  save: <K extends FieldKind>(kind: K, plain: Plain<K>) => Promise<boolean>;
  /** The same for what takes more than one entry, or another person's: `work` resolves to a refusal or null. */
  run: (work: () => Promise<string | null>) => Promise<boolean>;
  /** Empty again, for the next one. */
  reset: () => void;
}

/**
 * Every form with something to type goes through this. The draft lies sealed under its visit, its form's `name` and
 * the account at work: nobody finds a colleague's words in the own form.
 */
export function useForm<T extends object>(visit: string, name: string, empty: T): Form<T> {
  const slot = `${name}:${state.me?.account ?? ''}`;
  const blank = JSON.stringify(empty);
  const typed = ref(JSON.parse(blank)) as Ref<T>;
  const refusal = ref<string | null>(null);
  const busy = ref(false);
  let done = false;

  function keep(value: T): void {
    refusal.value = null;
    const now = JSON.stringify(value);
    if (now === blank) void dropDraft(visit, slot);
    else if (!done) void keepDraft(visit, slot, JSON.parse(now) as JSONValue);
  }

  async function run(work: () => Promise<string | null>): Promise<boolean> {
    busy.value = true;
    try {
      refusal.value = await work();
    } finally {
      busy.value = false;
    }
    if (refusal.value !== null) return false;
    done = true;
    await dropDraft(visit, slot);
    return true;
  }

  onMounted(async () => {
    const kept = (await draftOf(visit, slot)) ?? (await ofOlderVersion(visit, name, slot));
    if (kept) typed.value = { ...typed.value, ...(kept as Partial<T>) };
    watch(typed, keep, { deep: true });
  });
  return {
    typed,
    refusal,
    busy,
    run,
    save: (kind, plain) => run(() => record(visit, kind, plain)),
    reset() {
      done = false;
      typed.value = JSON.parse(blank) as T;
    },
  };
}

/** An older version of the app kept one draft for all: it is found once, and from then on belongs to who found it. */
async function ofOlderVersion(visit: string, name: string, slot: string): Promise<JSONValue | null> {
  const kept = await draftOf(visit, name);
  if (!kept) return null;
  await keepDraft(visit, slot, kept);
  await dropDraft(visit, name);
  return kept;
}

/** What every form inside a visit is given; `item` where it was opened from one. */
export interface FormProps {
  visit: string;
  organisation: string;
  item?: string;
}
