/** The last act that can still be taken back, wherever in the application one has gone since. */
import { computed, onScopeDispose, shallowRef } from 'vue'
import type { UndoOffer } from '@/api'
import { realmNow } from './clock'

export interface Undoable extends UndoOffer {
  caseId: string
  /** What was done, in words: `已派给平安建设办公室`. */
  words: string
  /** Takes it back. Throws what the server refuses. */
  takeBack(): Promise<void>
}

const offered = shallowRef<Undoable>()
const returned = shallowRef<{ caseId: string }>()

export const undo = {
  offered: computed(() => offered.value),
  /** The case that was last taken back: a list may select it again. */
  returned: computed(() => returned.value),
  offer(next: Undoable): void {
    offered.value = next
  },
  withdraw(): void {
    offered.value = undefined
  },
  tookBack(caseId: string): void {
    returned.value = { caseId }
  },
}

/** Whole seconds left to take it back; the offer goes when they are over. */
export function useUndoSeconds() {
  const left = shallowRef(0)
  function count(): void {
    const offer = offered.value
    left.value = offer ? Math.max(0, Math.ceil((Date.parse(offer.until) - realmNow()) / 1000)) : 0
    if (offer && left.value === 0) offered.value = undefined
  }
  count()
  const timer = setInterval(count, 500)
  onScopeDispose(() => clearInterval(timer))
  return left
}
