import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import { bindings, dialogs, handleKey, useKeys } from '@/app/keys'

const run = { j: vi.fn(), open: vi.fn(), inbox: vi.fn(), hidden: vi.fn() }
let page: EffectScope

beforeEach(() => {
  page?.stop()
  dialogs.value = 0
  for (const fake of Object.values(run)) fake.mockReset()
  page = effectScope()
  page.run(() =>
    useKeys([
      { keys: 'j', label: '下一件', run: run.j, foot: true },
      { keys: 'Enter', label: '打开', run: run.open },
      { keys: 'g i', label: '去收件', run: run.inbox },
      { keys: 'z', label: '撤销', run: run.hidden, when: false },
    ]),
  )
})

function press(key: string, on: HTMLElement = document.body, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  document.body.append(on === document.body ? '' : on)
  on.addEventListener('keydown', handleKey as EventListener, { once: true })
  on.dispatchEvent(event)
  return event
}

describe('keys', () => {
  it('do what their page says', () => {
    expect(press('j').defaultPrevented).toBe(true)
    expect(run.j).toHaveBeenCalledOnce()
  })
  it('mean the same with caps lock on', () => {
    press('J')
    expect(run.j).toHaveBeenCalledOnce()
  })
  it('work with a Chinese input method on', () => {
    press('Process', document.body, { code: 'KeyJ' })
    expect(run.j).toHaveBeenCalledOnce()
  })
  it('come two in a row', () => {
    press('g')
    expect(run.inbox).not.toHaveBeenCalled()
    press('i')
    expect(run.inbox).toHaveBeenCalledOnce()
  })
  it('rest while one types, with a modifier, and under a dialog', () => {
    press('j', document.createElement('input'))
    press('j', document.body, { ctrlKey: true })
    press('j', document.body, { isComposing: true })
    dialogs.value = 1
    press('j')
    expect(run.j).not.toHaveBeenCalled()
  })
  it('leave a focused button its own Enter', () => {
    press('Enter', document.createElement('button'))
    expect(run.open).not.toHaveBeenCalled()
    press('Enter')
    expect(run.open).toHaveBeenCalledOnce()
  })
  it('that would do nothing now are neither shown nor taken', () => {
    expect(press('z').defaultPrevented).toBe(false)
    expect(bindings.value.map((binding) => binding.keys)).not.toContain('z')
  })
  it('go with their page', () => {
    page.stop()
    expect(bindings.value).toEqual([])
  })
})
