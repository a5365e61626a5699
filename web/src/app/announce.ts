/** Words for screen readers: politely for counts, at once only where life may depend on it. */
import { nextTick, shallowRef } from 'vue'

export const polite = shallowRef('')
export const assertive = shallowRef('')

/** Said again even if the words are the same as last time. */
export function announce(words: string, atOnce = false): void {
  const region = atOnce ? assertive : polite
  region.value = ''
  void nextTick(() => (region.value = words))
}
