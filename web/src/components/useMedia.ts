import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue'

/** Whether a media query holds, kept up to date. */
export function useMedia(query: string): Readonly<Ref<boolean>> {
  const list = window.matchMedia(query)
  const holds = shallowRef(list.matches)
  const follow = (): void => void (holds.value = list.matches)
  list.addEventListener('change', follow)
  onScopeDispose(() => list.removeEventListener('change', follow))
  return readonly(holds)
}

/** One column: list, then detail as a page of its own. */
export const usePhone = () => useMedia('(max-width: 760px)')
/** Too narrow for a side column: it becomes a drawer. */
export const useNarrow = () => useMedia('(max-width: 1099px)')
