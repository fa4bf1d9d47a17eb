import type { JSONValue } from '@sync/canon';
import type { FieldKind } from '@sync/words';
import { onMounted, ref, watch, type Ref } from 'vue';
import { draftOf, dropDraft, keepDraft, record, state, type Plain } from '../desk';
import { useAttempt, type Attempt } from './parts/attempt';

/** What somebody types before it is recorded: kept for this person until then, whatever happens to the tablet. */
export interface Form<T> extends Attempt {
  typed: Ref<T>;
  /** Record it; true once it lies here. Refused, everything typed stays. */
  save: <K extends FieldKind>(kind: K, plain: Plain<K>) => Promise<boolean>;
  /** The same for what takes more than one entry, or another person's: `work` resolves to a refusal or null. */
  run: Attempt['run'];
  /** What belongs to the form and is recorded before it, a photo: the draft stays. */
  beside: Attempt['run'];
  /** Whether something is filled in that `empty` did not say. */
  touched: () => boolean;
  /** Empty again, for the next one; or from now on what is recorded meanwhile, where the form shows that. */
  reset: (anew?: T) => void;
}

/**
 * Every form with something to type goes through this. The draft lies sealed under its visit, its form's `name` and
 * the account at work: nobody finds a colleague's words in the own form.
 */
export function useForm<T extends object>(visit: string, name: string, empty: T): Form<T> {
  const slot = `${name}:${state.me?.account ?? ''}`;
  let blank = JSON.stringify(empty);
  const typed = ref(JSON.parse(blank)) as Ref<T>;
  const { refusal, busy, run: beside } = useAttempt();
  let done = false;

  function keep(value: T): void {
    refusal.value = null;
    const now = JSON.stringify(value);
    if (now === blank) void dropDraft(visit, slot);
    else if (!done) void keepDraft(visit, slot, JSON.parse(now) as JSONValue);
  }

  async function run(work: () => Promise<string | null>, sentence?: string): Promise<boolean> {
    if (!(await beside(work, sentence))) return false;
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
    beside,
    save: (kind, plain) => run(() => record(visit, kind, plain)),
    touched: () => JSON.stringify(typed.value) !== blank,
    reset(anew) {
      done = false;
      if (anew) blank = JSON.stringify(anew);
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
