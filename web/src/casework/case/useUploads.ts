/** Photos and files on their way up, two at a time, each with how far it is and what became of it. */
import { onScopeDispose, shallowReactive } from 'vue'
import { Problem, type Evidence } from '@/api'
import { shrunk } from './shrink'
import { isPicture, sendEvidence, unfit, type EvidenceKind, type Sending, type Unfit } from './upload'

export interface Upload {
  key: number
  file: File
  kind: EvidenceKind
  state: 'waiting' | 'sending' | 'failed'
  /** Share of the bytes that has left, 0 to 1. */
  share: number
  unfit?: Unfit
  problem?: Problem
}

const AT_ONCE = 2
let count = 0

/** Injected for tests. */
export type Send = typeof sendEvidence
export type Shrink = typeof shrunk

export function useUploads(caseId: string, onAdded: (file: Evidence) => void, send: Send = sendEvidence, shrink: Shrink = shrunk) {
  const uploads = shallowReactive<Upload[]>([])
  const sending = new Map<number, Sending>()

  function change(key: number, part: Partial<Upload>): void {
    const at = uploads.findIndex((one) => one.key === key)
    if (at >= 0) uploads[at] = { ...uploads[at]!, ...part }
  }
  const underWay = (): number => uploads.filter((one) => one.state === 'sending').length
  function next(): void {
    for (const upload of uploads.filter((one) => one.state === 'waiting').slice(0, Math.max(0, AT_ONCE - underWay()))) void start(upload)
  }
  async function start({ key, kind, file }: Upload): Promise<void> {
    change(key, { state: 'sending', share: 0 })
    const ready = isPicture(file) ? await shrink(file) : file
    if (!uploads.some((one) => one.key === key)) return // stopped meanwhile
    const wrong = unfit(ready)
    if (wrong) {
      change(key, { state: 'failed', unfit: wrong })
      return next()
    }
    const going = send(caseId, kind, ready, (share) => change(key, { share }))
    sending.set(key, going)
    try {
      const added = await going.done
      drop(key)
      onAdded(added)
    } catch (error) {
      change(key, { state: 'failed', problem: error instanceof Problem ? error : undefined })
    } finally {
      sending.delete(key)
      next()
    }
  }

  /** Papers are papers, whatever was chosen for the pictures. */
  function add(files: Iterable<File>, kind: EvidenceKind): void {
    for (const file of files) {
      const found = unfit(file)
      const wrong = found === 'too_large' && isPicture(file) ? undefined : found // it is made smaller first
      uploads.push({
        key: ++count,
        file,
        kind: isPicture(file) ? kind : 'document',
        state: wrong ? 'failed' : 'waiting',
        share: 0,
        unfit: wrong,
      })
    }
    next()
  }
  function again(key: number): void {
    change(key, { state: 'waiting', share: 0, problem: undefined })
    next()
  }
  function drop(key: number): void {
    const at = uploads.findIndex((one) => one.key === key)
    if (at >= 0) uploads.splice(at, 1)
  }
  function stop(key: number): void {
    drop(key)
    sending.get(key)?.stop()
    next()
  }

  function warn(event: BeforeUnloadEvent): void {
    if (underWay() > 0) event.preventDefault()
  }
  window.addEventListener('beforeunload', warn)
  onScopeDispose(() => window.removeEventListener('beforeunload', warn))

  return { uploads, add, again, stop }
}

/** What a picture most likely shows: what the category asks and has not, else the time before or after the work. */
export function likelyKind(detail: { state: string; asks_evidence: EvidenceKind | null; evidence: readonly { kind: EvidenceKind }[] }): EvidenceKind {
  const { asks_evidence: asked, evidence } = detail
  if (asked && asked !== 'document' && !evidence.some((file) => file.kind === asked)) return asked
  const begun = evidence.some((file) => file.kind === 'before') || ['handling', 'awaiting_revisit'].includes(detail.state)
  return begun ? 'after' : 'before'
}

export function sizeWords(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${(bytes / 1024 / 1024).toFixed(1)} MB` : `${Math.max(1, Math.round(bytes / 1024))} KB`
}
