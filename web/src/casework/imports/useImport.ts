/** One spreadsheet on its way in: sent, matched, tried, loaded slice by slice until all rows are through. */
import { computed, shallowRef } from 'vue'
import { answer, api, Problem, Unreachable, type ImportTrial, type SheetImport } from '@/api'
import { invalidateTopics } from '@/app/query'

export type Mode = SheetImport['mode']
export type PastDue = 'ask' | 'take' | 'set_aside'

export function useImport() {
  const sheet = shallowRef<SheetImport>()
  const trial = shallowRef<ImportTrial>()
  const problem = shallowRef<Problem>()
  const unreachable = shallowRef(false)
  const busy = shallowRef<'reading' | 'trying' | 'loading'>()
  const missing = computed(() => (sheet.value?.needed ?? []).filter((field) => !(field in (sheet.value?.columns ?? {}))))

  async function attempt(what: NonNullable<typeof busy.value>, work: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = what
    problem.value = undefined
    unreachable.value = false
    try {
      await work()
    } catch (error) {
      if (error instanceof Problem) problem.value = error
      else if (error instanceof Unreachable) unreachable.value = true
      else throw error
    } finally {
      busy.value = undefined
    }
  }

  const read = (file: File) =>
    attempt('reading', async () => {
      const form = new FormData()
      form.append('file', file)
      trial.value = undefined
      sheet.value = await answer(api.POST('/api/v1/imports', { body: form as never, bodySerializer: (body) => body }))
      if (missing.value.length === 0) await tryOut()
    })

  /** Says what the columns mean and how to load, then tries it: nothing is written. */
  const setUp = (columns: Record<string, number>, mode: Mode, pastDue: PastDue) =>
    attempt('trying', async () => {
      if (!sheet.value) return
      const params = { path: { import_id: sheet.value.id } }
      sheet.value = await answer(api.PUT('/api/v1/imports/{import_id}', { params, body: { columns, mode, past_due: pastDue } }))
      trial.value = undefined
      if (missing.value.length === 0) await tryOut()
    })

  async function tryOut(): Promise<void> {
    const params = { path: { import_id: sheet.value!.id } }
    trial.value = await answer(api.POST('/api/v1/imports/{import_id}/try', { params }))
  }

  /** Slice after slice. Where it breaks off, pressing again goes on from there. */
  const load = () =>
    attempt('loading', async () => {
      while (sheet.value && sheet.value.state !== 'done') {
        const params = { path: { import_id: sheet.value.id } }
        sheet.value = await answer(api.POST('/api/v1/imports/{import_id}/load', { params }))
      }
      invalidateTopics(new Set(['cases', 'imports']))
    })

  function again(): void {
    sheet.value = undefined
    trial.value = undefined
    problem.value = undefined
  }
  return { sheet, trial, problem, unreachable, busy, missing, read, setUp, load, again }
}
