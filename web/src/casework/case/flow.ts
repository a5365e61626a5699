/** 登记 → 派单 → 签收 → 联系 → 办理 → 反馈 → 回访 → 结案: which are done and when, and which one it is at. Pure. */
import type { CaseDetail, CaseState } from '@/api'
import { civil, epoch } from '@/app/when'

export const STEPS = ['received', 'dispatched', 'signed', 'contacted', 'handled', 'replied', 'revisited', 'closed'] as const
export type StepName = (typeof STEPS)[number]

export interface Step {
  name: StepName
  state: 'done' | 'at' | 'ahead'
  time?: string
}

/** How many steps lie behind a case in this state. */
const BEHIND: Record<CaseState, number> = {
  awaiting_dispatch: 1,
  awaiting_signature: 2,
  awaiting_contact: 3,
  handling: 4,
  awaiting_revisit: 6,
  closed: 8,
}

export function flowOf(detail: CaseDetail): Step[] {
  const revisit = lastRevisit(detail)
  const times: Record<StepName, string | null | undefined> = {
    received: detail.registered_at,
    dispatched: detail.dispatched_at,
    signed: detail.signed_at,
    contacted: detail.contacted_at,
    handled: undefined,
    replied: detail.replied_at,
    revisited: revisit?.at,
    closed: detail.closed_at,
  }
  const behind = BEHIND[detail.state]
  return STEPS.map((name, at) => {
    const done = at < behind && (name !== 'revisited' || revisit !== undefined)
    const state = at < behind ? ('done' as const) : at === behind ? ('at' as const) : ('ahead' as const)
    return { name, state, time: done ? (times[name] ?? undefined) : undefined }
  })
}

/** The city's last call after the reply that stands; earlier ones belong to an earlier round. */
export function lastRevisit(detail: CaseDetail) {
  const { replied_at: replied } = detail
  if (!replied) return undefined
  return detail.revisits.filter((one) => one.by === 'city' && epoch(one.at) >= epoch(replied)).at(-1)
}

/** The revisit that made it be done again: the last one that said no. */
export function revisitBehindRedo(detail: CaseDetail) {
  if (detail.redo === 0) return undefined
  return detail.revisits.filter((one) => one.by === 'city' && (one.resolved === 'no' || one.satisfied === 'no')).at(-1)
}

/** Which day of handling it is, the day of the first contact (or of the redo) being the first. */
export function handlingDay(detail: CaseDetail, now: number): number | undefined {
  const since = revisitBehindRedo(detail)?.at ?? detail.contacted_at
  return since ? civil(now).dayNumber - civil(since).dayNumber + 1 : undefined
}
