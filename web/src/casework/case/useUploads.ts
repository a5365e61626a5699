/** Photos and files on their way up, each with what became of it. */
import { shallowReactive } from 'vue'
import { answer, api, Problem, type Evidence } from '@/api'
import { invalidateTopics } from '@/app/query'

export type EvidenceKind = Evidence['kind']
export interface Upload {
  key: number
  file: File
  kind: EvidenceKind
  problem?: Problem
  failed: boolean
}

let count = 0

export function useUploads(caseId: () => string, onAdded: (file: Evidence) => void) {
  const uploads = shallowReactive<Upload[]>([])

  function add(files: Iterable<File>, kind: EvidenceKind): void {
    for (const file of files) {
      const upload: Upload = { key: ++count, file, kind, failed: false }
      uploads.push(upload)
      void send(upload)
    }
  }
  async function send(upload: Upload): Promise<void> {
    const form = new FormData()
    form.append('case_id', caseId())
    form.append('kind', upload.kind)
    form.append('file', upload.file)
    try {
      const added = await answer(api.POST('/api/v1/evidence', { body: form as never, bodySerializer: (body) => body }))
      uploads.splice(uploads.indexOf(upload), 1)
      onAdded(added)
      invalidateTopics(new Set(['cases']))
    } catch (error) {
      const at = uploads.indexOf(upload)
      if (at >= 0) uploads[at] = { ...upload, failed: true, problem: error instanceof Problem ? error : undefined }
    }
  }
  function again(upload: Upload): void {
    const at = uploads.indexOf(upload)
    if (at < 0) return
    const retry = { ...upload, failed: false, problem: undefined }
    uploads[at] = retry
    void send(retry)
  }
  function drop(upload: Upload): void {
    uploads.splice(uploads.indexOf(upload), 1)
  }
  return { uploads, add, again, drop }
}
