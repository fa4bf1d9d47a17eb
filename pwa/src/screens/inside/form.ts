import type { JSONValue } from '@sync/canon';
import type { FieldKind } from '@sync/words';
import { onMounted, ref, watch, type Ref } from 'vue';
import { draftOf, dropDraft, keepDraft, record, state, type Plain } from '../../desk';

/** What somebody types before it is recorded: kept for this person until then, whatever happens to the tablet. */
export interface Form<T> {
  typed: Ref<T>;
  refusal: Ref<string | null>;
  busy: Ref<boolean>;
  /** Record it; true once it lies here. Refused, everything typed stays. */
  save: <K extends FieldKind>(kind: K, plain: Plain<K>) => Promise<boolean>;
}

export function useForm<T extends object>(visit: string, name: string, empty: T): Form<T> {
  const slot = `${name}:${state.me?.account ?? ''}`;
  const typed = ref({ ...empty }) as Ref<T>;
  const refusal = ref<string | null>(null);
  const busy = ref(false);
  let done = false;
  onMounted(async () => {
    const kept = await draftOf(visit, slot);
    if (kept) typed.value = { ...typed.value, ...(kept as Partial<T>) };
    watch(
      typed,
      (value) => {
        if (!done) void keepDraft(visit, slot, JSON.parse(JSON.stringify(value)) as JSONValue);
      },
      { deep: true },
    );
  });
  return {
    typed,
    refusal,
    busy,
    async save(kind, plain) {
      busy.value = true;
      try {
        refusal.value = await record(visit, kind, plain);
      } finally {
        busy.value = false;
      }
      if (refusal.value !== null) return false;
      done = true;
      await dropDraft(visit, slot);
      return true;
    },
  };
}

/** What every form inside a visit is given; `item` where it was opened from one. */
export interface FormProps {
  visit: string;
  organisation: string;
  item?: string;
}
