/** The live stream as the application sees it: its state in words, and queries kept true by it. */
import { readonly, shallowRef } from 'vue'
import { machineTime, realmNow } from './clock'
import { gather, readFailed, readFollowing, readTopics } from './query'
import { eventReader, followLive, type Channel, type Connection, type Ended, type LiveEvent, type LivePhase, type Stream } from './stream'

const URL = '/api/v1/live'
/** The server speaks every 4 s at least; silence three times as long is a dead line. */
const SILENCE = 12_000

const phase = shallowRef<LivePhase>('connecting')
/** The realm moment up to which what is shown is known to be true. */
const trueUntil = shallowRef<number>()

/** By topic: up to which position the server has told of news. What was read below that is not the newest. */
const told = shallowRef<ReadonlyMap<string, number>>(new Map())

export const live = { phase: readonly(phase), trueUntil: readonly(trueUntil), told: readonly(told) }

let stream: Stream | undefined
/** The server's word for "you may have missed anything". */
const ALL = 'all'
const changed = gather((topics) => (topics.has(ALL) ? readFollowing() : readTopics(topics)))

function take({ position, topics }: LiveEvent): void {
  told.value = new Map([...told.value, ...topics.map((topic) => [topic, position] as const)])
  changed(topics)
}


export function startLive(whenEnded: () => void): void {
  stream ??= followLive(
    {
      connect,
      locks: navigator.locks as LockManager | undefined,
      channel: 'BroadcastChannel' in window ? (new BroadcastChannel('shanzhi.live') as unknown as Channel) : undefined,
      sleep,
      jitter: Math.random,
    },
    {
      event: take,
      resync: () => void readFollowing(),
      mend: () => void readFailed(),
      phase(next) {
        if (next === 'lost' && phase.value !== 'lost') trueUntil.value = realmNow()
        if (next === 'live') trueUntil.value = undefined
        phase.value = next
        if (next === 'ended') whenEnded()
      },
    },
  )
  window.addEventListener('online', retryLive)
}

export function stopLive(): void {
  window.removeEventListener('online', retryLive)
  stream?.stop()
  stream = undefined
  phase.value = 'connecting'
  trueUntil.value = undefined
}

export function retryLive(): void {
  stream?.retry()
}

async function connect(connection: Connection, stop: AbortSignal, after?: number): Promise<Ended> {
  const own = new AbortController()
  const signal = AbortSignal.any([own.signal, stop])
  let heard = machineTime()
  const watchdog = setInterval(() => {
    if (machineTime() - heard > SILENCE) own.abort()
  }, 2_000)
  try {
    const headers = { Accept: 'text/event-stream', ...(after ? { 'Last-Event-ID': String(after) } : {}) }
    const response = await fetch(URL, { signal, credentials: 'same-origin', headers })
    if (response.status === 401 || response.status === 403) return 'refused'
    if (!response.ok || !response.body) return 'dropped'
    connection.opened()
    const read = eventReader((name, data) => hand(connection, name, data))
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return 'dropped'
      heard = machineTime()
      read(value)
    }
  } catch {
    return 'dropped'
  } finally {
    clearInterval(watchdog)
  }
}

function hand(connection: Connection, name: string, data: string): void {
  if (name === 'resync') return connection.resync()
  if (name === 'ended') return connection.ended()
  try {
    const event = JSON.parse(data) as { position: number; topics?: string[]; resync?: boolean }
    if (event.resync) connection.resync()
    else connection.event({ position: event.position, topics: event.topics ?? [] })
  } catch {
    connection.resync() // an event we cannot read is an event we have missed
  }
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
