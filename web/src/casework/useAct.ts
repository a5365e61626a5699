/**
 * One act on one case: sent once, against the version that was seen, with undo offered from the answer.
 *
 * A composable an act is made from this (`useDispatch`, `useSign`); a page binds its button and key to
 * `run` and shows `refusal` where the rules forbid it. Where somebody was faster the case is read anew and
 * `overtakenBy` says what was done: kept by case, for the button may be gone with the state it belonged to.
 */
import { readonly, shallowReactive, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'
import { answer, api, Problem, Unreachable, type CaseDetail, type Timeline, type TimelineEntry } from '@/api'
import { announce } from '@/app/announce'
import { i18n } from '@/app/i18n'
import { notice } from '@/app/notice'
import { invalidateTopics, queryClient } from '@/app/query'
import { undo } from '@/app/undo'
import { caseKeys } from './useCases'

/** What every act is sent with. */
export type ActAddress = {
  params: { path: { case_id: string }; header: { 'If-Match': string; 'Idempotency-Key': string } }
}
export interface ActDefinition<Body> {
  /** 204, without a body: it is done, and who did it does not see the case any more. */
  send(at: ActAddress, body: Body): Promise<{ data?: CaseDetail; error?: unknown; response: Response }>
  /** What was done, for the undo bar: `已派给平安建设办公室`. */
  done(after: CaseDetail, body: Body): string
  /**
   * Called once it is done, before the case is shown as it is now: the button that was pressed may be gone
   * then, and a list has still the row whose neighbour comes next.
   */
  onDone?: () => void
}

const overtaken = shallowReactive(new Map<string, TimelineEntry[]>())

/** What others did between reading and acting, newest first; undefined where nobody was faster. */
export function overtakenBy(caseId: string): TimelineEntry[] | undefined {
  return overtaken.get(caseId)
}
export function acknowledge(caseId: string): void {
  overtaken.delete(caseId)
}

const hidden = shallowRef<{ caseId: string }>()
/** The case that one's own last act took out of one's sight: its page is left. */
export const hiddenByAct = readonly(hidden)

export function useAct<Body>(seen: MaybeRefOrGetter<CaseDetail | undefined>, act: ActDefinition<Body>) {
  const pending = shallowRef(false)
  const refusal = shallowRef<Problem>()
  const unreachable = shallowRef(false)
  let last: { key: string; caseId: string; body: string } | undefined

  /** True once it is done. The same act pressed again after silence carries the same key: done once. */
  async function run(body: Body): Promise<boolean> {
    const before = toValue(seen)
    if (!before || pending.value) return false
    refusal.value = undefined
    unreachable.value = false
    acknowledge(before.id)
    pending.value = true
    const text = JSON.stringify(body)
    if (last?.caseId !== before.id || last.body !== text) last = { key: randomKey(), caseId: before.id, body: text }
    try {
      const after: CaseDetail | undefined = await answer(act.send(address(before, last.key), body))
      last = undefined
      act.onDone?.()
      if (after) {
        settle(after)
        offerUndo(after, act.done(after, body))
      } else leaveBehind(before.id)
      return true
    } catch (error) {
      if (error instanceof Unreachable) unreachable.value = true
      else if (error instanceof Problem && error.stale) {
        last = undefined
        overtaken.set(before.id, await doneSince(before))
      } else if (error instanceof Problem) {
        last = undefined
        refusal.value = error
      } else throw error
      return false
    } finally {
      pending.value = false
    }
  }

  function offerUndo(after: CaseDetail, words: string): void {
    announce(words)
    if (!after.undo) return undo.withdraw()
    undo.offer({ ...after.undo, caseId: after.id, words, takeBack: () => takeBack(after) })
  }

  return { run, pending, refusal, unreachable }
}

/** Sends the compensating act. Throws what the server refuses: too late, or something followed it. */
export async function takeBack(after: CaseDetail): Promise<void> {
  if (!after.undo) return
  const now = queryClient.getQueryData<CaseDetail>(caseKeys.one(after.id)) ?? after
  const at = address(now.version > after.version ? now : after, randomKey())
  settle(await answer(api.POST('/api/v1/cases/{case_id}/undo', { ...at, body: { entry: after.undo.entry } })))
  undo.tookBack(after.id)
}

/** Reads the case anew and says what the journal has that was not there before. */
async function doneSince(before: CaseDetail): Promise<TimelineEntry[]> {
  const known = queryClient.getQueryData<Timeline>(caseKeys.timeline(before.id))?.items.map((entry) => entry.id)
  await queryClient.invalidateQueries({ queryKey: caseKeys.one(before.id) })
  const now = await answer(api.GET('/api/v1/cases/{case_id}/timeline', { params: { path: { case_id: before.id } } }))
  queryClient.setQueryData(caseKeys.timeline(before.id), now)
  const acts = now.items.filter((entry) => !LOOKS.has(entry.verb))
  return known ? acts.filter((entry) => !known.includes(entry.id)) : acts.slice(0, 1)
}
/** Entries that changed nothing of the case itself. */
const LOOKS = new Set(['order.opened', 'personal.revealed'])

/** The answer is the case as it is now; the lists it stands in are read again. */
function settle(after: CaseDetail): void {
  queryClient.setQueryData(caseKeys.one(after.id), after)
  invalidateTopics(new Set(['cases']))
}

/** Nothing of it is shown any more, and nobody can take back what he does not see. */
function leaveBehind(caseId: string): void {
  undo.withdraw()
  notice.say(i18n.global.t('act.hidden'))
  hidden.value = { caseId }
  queryClient.removeQueries({ queryKey: caseKeys.one(caseId) })
  invalidateTopics(new Set(['cases']))
}

function address(detail: CaseDetail, key: string): ActAddress {
  return {
    params: { path: { case_id: detail.id }, header: { 'If-Match': String(detail.version), 'Idempotency-Key': key } },
  }
}

/** 128 random bits. (`crypto.randomUUID` is missing on plain http.) */
export function randomKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
