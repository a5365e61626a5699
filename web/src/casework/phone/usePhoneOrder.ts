/** What is keyed while the caller is on the phone, and the sending of it. */
import { computed, reactive, shallowRef } from 'vue'
import { answer, api, Problem, Unreachable, type CaseDetail, type Location, type RequestKind, type Urgency } from '@/api'
import { invalidateTopics } from '@/app/query'
import { randomKey } from '../useAct'

export interface PhoneForm {
  kind: RequestKind
  text: string
  name: string
  phone: string
  address: string
  placeId: string | undefined
  at: Location | undefined
  category: string
  urgency: Urgency | ''
}

export function usePhoneOrder() {
  const form = reactive<PhoneForm>(blank())
  const pending = shallowRef(false)
  const problem = shallowRef<Problem>()
  const unreachable = shallowRef(false)
  let key = randomKey()
  const touched = computed(() => Boolean(form.text.trim() || form.name || form.phone || form.address))

  /** The registered order, or undefined where something is to be mended. Pressed again after silence it is one order. */
  async function send(): Promise<CaseDetail | undefined> {
    if (pending.value) return undefined
    pending.value = true
    problem.value = undefined
    unreachable.value = false
    try {
      const made = await answer(
        api.POST('/api/v1/intake/phone', {
          headers: { 'Idempotency-Key': key },
          body: {
            kind: form.kind,
            text: form.text,
            title: '',
            caller: { name: form.name || null, phone: form.phone || null },
            address: form.address,
            location: form.placeId || !form.at ? null : { lon: form.at.lon, lat: form.at.lat },
            place_id: form.placeId ?? null,
            category: form.category,
            urgency: form.urgency || null,
          },
        }),
      )
      clear()
      invalidateTopics(new Set(['cases']))
      return made
    } catch (error) {
      if (error instanceof Problem) problem.value = error
      else if (error instanceof Unreachable) unreachable.value = true
      else throw error
      return undefined
    } finally {
      pending.value = false
    }
  }

  function clear(): void {
    Object.assign(form, blank())
    key = randomKey()
  }
  return { form, send, clear, pending, problem, unreachable, touched }
}

function blank(): PhoneForm {
  return { kind: 'request', text: '', name: '', phone: '', address: '', placeId: undefined, at: undefined, category: '', urgency: '' }
}
