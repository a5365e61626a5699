import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gather } from '@/app/query'

describe('events are gathered into readings', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** A server whose readings take `ms`. */
  function reader(ms: number) {
    const readings: string[][] = []
    const read = (topics: ReadonlySet<string>) => {
      readings.push([...topics])
      return new Promise<void>((resolve) => setTimeout(resolve, ms))
    }
    return { readings, changed: gather(read) }
  }

  it('the first almost at once, with what came beside it', async () => {
    const { readings, changed } = reader(10)
    changed(['figures'])
    changed(['cases'])
    await vi.advanceTimersByTimeAsync(40)
    expect(readings).toEqual([['figures', 'cases']])
  })

  it('a burst at most every 300 ms, and the last event is never lost', async () => {
    const { readings, changed } = reader(10)
    for (let n = 0; n < 100; n++) {
      changed(['figures'])
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(readings.length).toBeLessThanOrEqual(4)
    changed(['last'])
    await vi.advanceTimersByTimeAsync(400)
    expect(readings.at(-1)).toContain('last')
  })

  it('one reading at a time: the next does not cancel a slow one', async () => {
    const { readings, changed } = reader(900)
    changed(['figures'])
    await vi.advanceTimersByTimeAsync(100)
    changed(['figures'])
    await vi.advanceTimersByTimeAsync(700)
    expect(readings).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(200)
    expect(readings).toHaveLength(2)
  })

  it('a topic that nothing on screen follows holds up no other', async () => {
    const readings: string[] = []
    const changed = gather((topics) => {
      if (topics.has('cases')) return undefined
      readings.push(...topics)
      return Promise.resolve()
    })
    changed(['cases'])
    await vi.advanceTimersByTimeAsync(60)
    changed(['figures'])
    await vi.advanceTimersByTimeAsync(60)
    expect(readings).toEqual(['figures'])
  })

  it('one that never ends holds up the others for three seconds only', async () => {
    const { readings, changed } = reader(60_000)
    changed(['figures'])
    await vi.advanceTimersByTimeAsync(100)
    changed(['figures'])
    await vi.advanceTimersByTimeAsync(3_100)
    expect(readings).toHaveLength(2)
  })
})
