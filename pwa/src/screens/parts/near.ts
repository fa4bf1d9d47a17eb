/** What comes near the part of the screen that is seen: one observer for all that waits for it. */
const NEAR = '300px';
const told = new WeakMap<Element, (near: boolean) => void>();
let observer: IntersectionObserver | null = null;

/** Tell when the element comes near and when it goes again, until what is returned is called. */
export function watchNear(element: Element, tell: (near: boolean) => void): () => void {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) told.get(target)?.(isIntersecting);
    },
    // What is near inside a scrolled part counts too; a browser that does not know of it tells when it is in sight.
    { rootMargin: NEAR, scrollMargin: NEAR },
  );
  told.set(element, tell);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    told.delete(element);
  };
}
