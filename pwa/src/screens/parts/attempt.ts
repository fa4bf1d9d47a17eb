import { ref, type Ref } from 'vue';

export const NOT_RECORDED = '保存时本机出了差错，没有记录，填写的内容仍在本页；请稍等再试一次。';
export const NO_PHOTO = '保存照片时本机出了差错，这一张没有保存；请稍等再拍一次。';

/** Work that may be refused. What breaks off becomes a sentence too, so that no screen waits for it for ever. */
export async function attempt(work: () => Promise<string | null>, sentence: string): Promise<string | null> {
  try {
    return await work();
  } catch (error) {
    console.error(error);
    return sentence;
  }
}

/** What a screen waits for, and why it was refused. */
export interface Attempt {
  busy: Ref<boolean>;
  refusal: Ref<string | null>;
  /** Do it; true once it is done. Refused or broken off, the screen can be used again as it stands. */
  run: (work: () => Promise<string | null>, sentence?: string) => Promise<boolean>;
}

/** `sentence`: what is said where the work breaks off. */
export function useAttempt(sentence = NOT_RECORDED): Attempt {
  const busy = ref(false);
  const refusal = ref<string | null>(null);
  return {
    busy,
    refusal,
    async run(work, broken = sentence) {
      busy.value = true;
      refusal.value = await attempt(work, broken);
      busy.value = false;
      return refusal.value === null;
    },
  };
}
