import { describe, expect, it, vi } from 'vitest'
import { eventReader, followLive, type Channel, type Connection, type Ended, type LivePhase, type Ports } from '@/app/stream'

/** The locks of one browser profile: one holder, the next waits until the first lets go. */
class Profile {
  private holders: (() => void)[] = []
  private held = false
  private channels = new Set<FakeChannel>()

  locks = {
    request: (_name: string, options: { signal?: AbortSignal }, run: () => Promise<unknown>) =>
      new Promise<unknown>((resolve, reject) => {
        const take = () => {
          this.held = true
          void run().finally(() => {
            this.held = false
            resolve(undefined)
            this.holders.shift()?.()
          })
        }
        options.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
        if (this.held) this.holders.push(take)
        else take()
      }),
  } as unknown as Pick<LockManager, 'request'>

  channel(): Channel {
    const own = new FakeChannel((message) => {
      for (const other of this.channels) if (other !== own) other.onmessage?.({ data: message })
    })
    own.gone = () => this.channels.delete(own)
    this.channels.add(own)
    return own
  }
}
class FakeChannel implements Channel {
  onmessage: Channel['onmessage'] = null
  gone = () => undefined as unknown
  constructor(readonly postMessage: Channel['postMessage']) {}
  close(): void {
    this.gone()
  }
}

interface Opened {
  connection: Connection
  after?: number
  end(reason: Ended): void
}

function page(profile: Profile, { shared = true } = {}) {
  const opened: Opened[] = []
  const waits: number[] = []
  let wake: (() => void) | undefined
  const handlers = { event: vi.fn(), resync: vi.fn(), mend: vi.fn(), phase: vi.fn<(phase: LivePhase) => void>() }
  const ports: Ports = {
    connect: (connection, signal, after) =>
      new Promise<Ended>((resolve) => {
        signal.addEventListener('abort', () => resolve('dropped'))
        opened.push({ connection, after, end: resolve })
      }),
    locks: shared ? profile.locks : undefined,
    channel: shared ? profile.channel() : undefined,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        waits.push(ms)
        wake = resolve
        signal.addEventListener('abort', () => resolve())
      }),
    jitter: () => 0.5,
  }
  return { stream: followLive(ports, handlers), handlers, opened, waits, wake: () => wake?.() }
}
const turn = () => new Promise((resolve) => setTimeout(resolve))

describe('one stream a browser profile', () => {
  it('is opened by the first page only, and told to the others', async () => {
    const profile = new Profile()
    const first = page(profile)
    const second = page(profile)
    await turn()
    expect(first.opened).toHaveLength(1)
    expect(second.opened).toHaveLength(0)

    first.opened[0]!.connection.opened()
    first.opened[0]!.connection.event({ position: 7, topics: ['cases'] })
    expect(first.handlers.event).toHaveBeenCalledWith({ position: 7, topics: ['cases'] })
    expect(second.handlers.event).toHaveBeenCalledWith({ position: 7, topics: ['cases'] })
    expect(second.handlers.phase).toHaveBeenLastCalledWith('live')
  })

  it('tells a page that comes later how it stands', async () => {
    const profile = new Profile()
    const first = page(profile)
    await turn()
    first.opened[0]!.connection.opened()
    const late = page(profile)
    await turn()
    expect(late.handlers.phase).toHaveBeenLastCalledWith('live')
  })

  it('passes on when its page closes, and the next one reads again what it may have missed', async () => {
    const profile = new Profile()
    const first = page(profile)
    const second = page(profile)
    await turn()
    first.opened[0]!.connection.opened()
    first.stream.stop()
    await turn()
    expect(second.opened).toHaveLength(1)
    second.opened[0]!.connection.opened()
    expect(second.handlers.resync).toHaveBeenCalledOnce()
  })

  it('is held by every page where there are no locks', async () => {
    const profile = new Profile()
    const first = page(profile, { shared: false })
    const second = page(profile, { shared: false })
    await turn()
    expect(first.opened).toHaveLength(1)
    expect(second.opened).toHaveLength(1)
  })
})

describe('a line that breaks', () => {
  it('is tried again after 1, 2, 4 … 5 seconds, and anew from 1 once it held', async () => {
    const { opened, waits, wake } = page(new Profile())
    await turn()
    for (let n = 0; n < 6; n++) {
      opened[n]!.end('dropped')
      await turn()
      wake()
      await turn()
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000])
    opened[6]!.connection.opened()
    opened[6]!.end('dropped')
    await turn()
    expect(waits.at(-1)).toBe(1_000)
  })

  it('says it is lost, and reads everything again when it is back; not at the first opening', async () => {
    const { opened, wake, handlers } = page(new Profile())
    await turn()
    opened[0]!.connection.opened()
    expect(handlers.resync).not.toHaveBeenCalled()
    opened[0]!.end('dropped')
    await turn()
    expect(handlers.phase).toHaveBeenLastCalledWith('lost')
    wake()
    await turn()
    opened[1]!.connection.opened()
    expect(handlers.phase).toHaveBeenLastCalledWith('live')
    expect(handlers.resync).toHaveBeenCalledOnce()
  })

  it('asks for what came after the last position it was told, on whichever page that was', async () => {
    const profile = new Profile()
    const first = page(profile)
    const second = page(profile)
    await turn()
    first.opened[0]!.connection.opened()
    first.opened[0]!.connection.event({ position: 7, topics: ['cases'] })
    first.opened[0]!.connection.event({ position: 5, topics: ['figures'] })
    first.opened[0]!.end('dropped')
    await turn()
    first.wake()
    await turn()
    expect(first.opened[1]!.after).toBe(7)
    first.opened[1]!.connection.opened()
    for (const { handlers } of [first, second]) {
      expect(handlers.resync).not.toHaveBeenCalled() // the server tells what was missed
      expect(handlers.mend).toHaveBeenCalledOnce() // and what could not be read meanwhile is read now
    }
    first.stream.stop()
    await turn()
    expect(second.opened[0]!.after).toBe(7)
  })

  it('is tried at once when a person asks, from whichever page', async () => {
    const profile = new Profile()
    const first = page(profile)
    const second = page(profile)
    await turn()
    first.opened[0]!.end('dropped')
    await turn()
    second.stream.retry()
    await turn()
    expect(first.opened).toHaveLength(2)
  })

  it('is not tried again when the session is over', async () => {
    const { opened, handlers } = page(new Profile())
    await turn()
    opened[0]!.connection.opened()
    opened[0]!.connection.ended()
    opened[0]!.end('dropped')
    await turn()
    expect(handlers.phase).toHaveBeenLastCalledWith('ended')
    expect(opened).toHaveLength(1)
  })
})

describe('the event stream format', () => {
  it('is read across pieces, heartbeats left out', () => {
    const taken: [string, string][] = []
    const read = eventReader((name, data) => taken.push([name, data]))
    read(': here\n\ndata: {"position":1')
    read(',"topics":["cases"]}\n\nevent: resync\ndata: {}\r\n\r\n')
    read('id: 4\nevent: ended\n\n')
    expect(taken).toEqual([
      ['message', '{"position":1,"topics":["cases"]}'],
      ['resync', '{}'],
      ['ended', ''],
    ])
  })
})
