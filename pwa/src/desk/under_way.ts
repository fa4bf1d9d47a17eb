/** What a person began and what ends under that person: photographs that are worked on, a recording that is saved. */

const going = new Set<Promise<unknown>>();

/** Nobody else has the tablet, and nothing is shut, before this is done. */
export function finishing<T>(work: Promise<T>): Promise<T> {
  const over = (): void => {
    going.delete(work);
  };
  going.add(work);
  work.then(over, over);
  return work;
}

/** Null where nothing is under way. */
export function underWay(): Promise<unknown> | null {
  return going.size > 0 ? Promise.allSettled(going).then(underWay) : null;
}
