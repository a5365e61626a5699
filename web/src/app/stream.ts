/**
 * One live stream for all pages of a browser profile.
 *
 * The page that holds the Web Lock opens the stream and tells the others by BroadcastChannel; when it
 * closes, the lock passes on and the next page opens it. Where there are no Web Locks (plain http on a
 * LAN) every page holds its own. Pure of the browser: everything it touches comes in through `Ports`.
 */
export interface LiveEvent {
  position: number
  topics: string[]
}

/** `ended`: the session is over, nothing will come until someone signs in again. */
export type LivePhase = 'connecting' | 'live' | 'lost' | 'ended'

export interface StreamHandlers {
  event(event: LiveEvent): void
  /** Something may have been missed: read again what is shown. */
  resync(): void
  /** The line stands again and what was missed will be told; what could not be read meanwhile is to be read now. */
  mend(): void
  phase(phase: LivePhase): void
}

export interface Connection {
  opened(): void
  event(event: LiveEvent): void
  resync(): void
  /** The server ends it: the session no longer holds. */
  ended(): void
}

export type Ended = 'dropped' | 'refused'

type Message =
  | { kind: 'event'; event: LiveEvent }
  | { kind: 'resync' }
  | { kind: 'mend' }
  | { kind: 'phase'; phase: LivePhase }
  | { kind: 'hello' }
  | { kind: 'retry' }

export interface Channel {
  postMessage(message: Message): void
  onmessage: ((event: { data: Message }) => void) | null
  close(): void
}

export interface Ports {
  /**
   * Reads the stream until it ends; resolves with the reason. `after` is the last position this profile was told:
   * the server then tells what came since.
   */
  connect(connection: Connection, signal: AbortSignal, after?: number): Promise<Ended>
  locks?: Pick<LockManager, 'request'>
  channel?: Channel
  /** Resolves after `ms`, or as soon as `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** 0 to 1, so that many pages do not come back in the same instant. */
  jitter(): number
}

const LOCK = 'shanzhi.live'
const FIRST_WAIT = 1_000
const LONGEST_WAIT = 5_000

export interface Stream {
  stop(): void
  /** Tries at once instead of waiting out the back-off. */
  retry(): void
}

export function followLive(ports: Ports, handlers: StreamHandlers): Stream {
  const stopped = new AbortController()
  const { channel } = ports
  let waiting = new AbortController()
  let leading = false
  let phase: LivePhase = 'connecting'
  let followed = false
  let position: number | undefined

  function tell(message: Message): void {
    if (leading) channel?.postMessage(message)
  }
  function turn(next: LivePhase): void {
    phase = next
    handlers.phase(next)
    tell({ kind: 'phase', phase: next })
  }
  function resync(): void {
    handlers.resync()
    tell({ kind: 'resync' })
  }
  function mend(): void {
    handlers.mend()
    tell({ kind: 'mend' })
  }
  function take(event: LiveEvent): void {
    position = Math.max(position ?? 0, event.position)
    handlers.event(event)
  }

  async function lead(): Promise<void> {
    leading = true
    // whoever led before may have missed entries between its last word and our first
    let gap = followed
    let failures = 0
    let over = false
    while (!stopped.signal.aborted) {
      const ended = await ports.connect(
        {
          opened() {
            failures = 0
            turn('live')
            if (gap && position === undefined) resync()
            else if (gap) mend()
            gap = true
          },
          event(event) {
            take(event)
            tell({ kind: 'event', event })
          },
          resync,
          ended: () => (over = true),
        },
        stopped.signal,
        position,
      )
      if (stopped.signal.aborted) return
      if (over || ended === 'refused') {
        turn('ended')
        return
      }
      turn('lost')
      gap = true
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures)
      failures += 1
      waiting = new AbortController()
      await ports.sleep(wait * (0.75 + ports.jitter() / 2), AbortSignal.any([waiting.signal, stopped.signal]))
    }
  }

  if (channel) {
    channel.onmessage = ({ data }) => {
      if (leading) {
        if (data.kind === 'hello') tell({ kind: 'phase', phase })
        if (data.kind === 'retry') waiting.abort()
        return
      }
      if (data.kind === 'event') take(data.event)
      if (data.kind === 'resync') handlers.resync()
      if (data.kind === 'mend') handlers.mend()
      if (data.kind === 'phase') {
        followed = true
        phase = data.phase
        handlers.phase(data.phase)
      }
    }
  }

  if (ports.locks && channel) {
    channel.postMessage({ kind: 'hello' })
    ports.locks.request(LOCK, { signal: stopped.signal }, lead).catch((reason: unknown) => {
      if (!stopped.signal.aborted) throw reason
    })
  } else {
    void lead()
  }

  return {
    stop() {
      stopped.abort()
      channel?.close()
    },
    retry() {
      if (leading) waiting.abort()
      else channel?.postMessage({ kind: 'retry' })
    },
  }
}

/** Cuts a text/event-stream into events. Comments (heartbeats) only prove that the line is alive. */
export function eventReader(take: (name: string, data: string) => void): (text: string) => void {
  let rest = ''
  return (text) => {
    rest += text
    let end: number
    while ((end = rest.search(/\r?\n\r?\n/)) >= 0) {
      const block = rest.slice(0, end)
      rest = rest.slice(end).replace(/^\r?\n\r?\n/, '')
      let name = 'message'
      const data: string[] = []
      for (const line of block.split(/\r?\n/)) {
        if (line.startsWith('event:')) name = line.slice(6).trim()
        else if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /, ''))
      }
      if (data.length > 0 || name !== 'message') take(name, data.join('\n'))
    }
  }
}
