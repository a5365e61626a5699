/** One file on its way up. `fetch` does not say how much of a body has left, so this is the older request. */
import { Problem, Unreachable, type Evidence } from '@/api'
import { csrfToken } from '@/api/csrf'

export type EvidenceKind = Evidence['kind']

export interface Sending {
  done: Promise<Evidence>
  stop(): void
}

/** Bytes the server takes of one file; said before a slow line carries them. */
export const LIMIT_MB = 20
const TAKEN = /\.(jpe?g|png|webp|pdf|docx|xlsx)$/i

export type Unfit = 'too_large' | 'wrong_kind' | 'empty'

/** What the server would refuse, known without asking it. */
export function unfit(file: Pick<File, 'name' | 'size' | 'type'>): Unfit | undefined {
  if (file.size === 0) return 'empty'
  if (file.size > LIMIT_MB * 1024 * 1024) return 'too_large'
  if (!TAKEN.test(file.name) && !/^image\/(jpeg|png|webp)$/.test(file.type)) return 'wrong_kind'
  return undefined
}

export function isPicture(file: Pick<File, 'name' | 'type'>): boolean {
  return file.type.startsWith('image/') || /\.(jpe?g|png|webp)$/i.test(file.name)
}

/** Sends a file. `done` throws Problem where it is refused, Unreachable where no answer came. */
export function sendEvidence(caseId: string, kind: EvidenceKind, file: File, progress: (share: number) => void): Sending {
  const request = new XMLHttpRequest()
  const done = new Promise<Evidence>((resolve, reject) => {
    request.open('POST', '/api/v1/evidence')
    request.setRequestHeader('X-CSRFToken', csrfToken())
    request.setRequestHeader('Accept', 'application/json')
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total)
    request.onload = () => {
      const body = parsed(request.responseText)
      if (request.status >= 200 && request.status < 300 && body) resolve(body as Evidence)
      else if (body && typeof body === 'object' && 'code' in body) reject(new Problem({ ...(body as Problem['body']), status: request.status }))
      else reject(new Unreachable(request.status))
    }
    request.onerror = () => reject(new Unreachable('network'))
    request.onabort = () => reject(new Unreachable('stopped'))
    const form = new FormData()
    form.append('case_id', caseId)
    form.append('kind', kind)
    form.append('file', file)
    request.send(form)
  })
  return { done, stop: () => request.abort() }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
