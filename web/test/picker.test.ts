import { VueQueryPlugin } from '@tanstack/vue-query'
import { mount, type VueWrapper } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { nextTick } from 'vue'
import type { CaseDetail, DispatchBody } from '@/api'
import { i18n } from '@/app/i18n'
import { queryClient } from '@/app/query'
import UnitPicker from '@/casework/detail/UnitPicker.vue'

// the test environment reads no style sheets out of packages
vi.mock('element-plus/es/components/dialog/style/css', () => ({}))

const unit = (id: string, name: string) => ({ id, name, short: name })
const detail = {
  id: 'c-1',
  urgency: 'normal',
  complaint_against: [],
  proposal: { unit: unit('u-1', '平安建设办公室'), urgency: 'urgent', reasons: [], alternatives: [{ unit: unit('u-2', '综合行政执法队'), reasons: [] }] },
} as unknown as CaseDetail

/** A server that does not answer: what is typed meanwhile must not be lost. */
vi.stubGlobal('fetch', vi.fn(() => new Promise(() => undefined)))

let picker: VueWrapper
beforeEach(() => {
  queryClient.clear()
  picker = mount(UnitPicker, {
    attachTo: document.body,
    props: { detail, modelValue: false },
    global: { plugins: [i18n, [VueQueryPlugin, { queryClient }]], stubs: { transition: false } },
  })
})
afterEach(() => picker.unmount())

/** Opens it as a key does, and lets pass only what passes before the next key can come: no timer, no answer. */
async function opened(): Promise<HTMLInputElement> {
  await picker.setProps({ modelValue: true })
  for (let tick = 0; tick < 12; tick += 1) await nextTick()
  return document.querySelector<HTMLInputElement>('[role=combobox]')!
}
const press = (on: HTMLElement, key: string) => on.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
async function type(on: HTMLInputElement, words: string): Promise<void> {
  on.value = words
  on.dispatchEvent(new Event('input', { bubbles: true }))
  await nextTick()
}
const chosen = () => document.querySelector('[role=option][aria-selected=true]')?.textContent
const button = () => document.querySelector<HTMLButtonElement>('form.picker [type=submit]')!
const sent = () => (picker.emitted('dispatch') as [DispatchBody][] | undefined)?.map(([body]) => body)

describe('the unit picker', () => {
  it('has the keyboard before the next key can come', async () => {
    const search = await opened()
    expect(document.activeElement).toBe(search)
  })

  it('takes nothing by Enter before something is typed or chosen', async () => {
    const search = await opened()
    press(search, 'Enter')
    await nextTick()
    expect(chosen()).toBeUndefined()
    expect(button().disabled).toBe(true)
  })

  it('takes what was typed, or what the arrows chose', async () => {
    const search = await opened()
    await type(search, '执法')
    press(search, 'Enter')
    await nextTick()
    expect(chosen()).toContain('综合行政执法队')
    await type(search, '')
    press(search, 'ArrowDown')
    press(search, 'Enter')
    await nextTick()
    expect(chosen()).toContain('平安建设办公室')
  })

  it('gives a complaint to no unit that it is about, and states them with the dispatch', async () => {
    queryClient.setQueryData(['units'], [unit('u-1', '平安建设办公室'), unit('u-2', '综合行政执法队')])
    const search = await opened()
    document.querySelector<HTMLButtonElement>('form.picker .fld .link')!.click()
    await nextTick()
    document.querySelector<HTMLInputElement>('.checks input[type=checkbox]')!.click()
    await nextTick()
    press(search, 'ArrowDown')
    press(search, 'Enter')
    await nextTick()
    expect(chosen()).toBeUndefined()
    press(search, 'ArrowDown')
    press(search, 'Enter')
    await nextTick()
    expect(chosen()).toContain('综合行政执法队')
    document.querySelector('form.picker')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    expect(sent()).toEqual([{ unit_id: 'u-2', urgency: 'urgent', note: '', accepts_proposal: false, complaint_against: ['u-1'] }])
  })
})
