/**
 * The realm's clock, as the server tells it.
 *
 * Every moment shown or counted on a screen comes from here. A live realm runs at rate 1; an exercise
 * may run faster or stand still, and a browser's own clock may simply be wrong. This is the only file
 * that reads the machine's time (linted).
 */
import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue'

export interface ServerClock {
  now: string
  /** Realm seconds in one real second; 0 while it stands still. */
  rate?: number
}

const MINUTE = 60_000

let anchor = { realm: Date.now(), machine: performance.now(), rate: 1 }

/** Milliseconds since some start, never set back: for time-outs and back-off, not for moments. */
export function machineTime(): number {
  return performance.now()
}

/** The realm's present moment, in epoch milliseconds. */
export function realmNow(): number {
  return anchor.realm + (performance.now() - anchor.machine) * anchor.rate
}

export function realmRate(): number {
  return anchor.rate
}

/** Takes over the server's time. An answer that carries only `now` keeps the rate. */
export function syncClock(server: ServerClock): void {
  anchor = {
    realm: Date.parse(server.now),
    machine: performance.now(),
    rate: server.rate ?? anchor.rate,
  }
  tick.value = realmNow()
  plan()
}

const tick = shallowRef(realmNow())
let timer: ReturnType<typeof setTimeout> | undefined
let watchers = 0

/** Next refresh: at the turn of the realm's minute, but at most once a real second. */
function plan(): void {
  clearTimeout(timer)
  if (watchers === 0) return
  const rate = realmRate()
  const toTurn = rate === 0 ? MINUTE : (MINUTE - (realmNow() % MINUTE)) / rate
  timer = setTimeout(() => {
    tick.value = realmNow()
    plan()
  }, Math.max(1_000, toTurn + 20))
}

/** The realm's moment, refreshed each minute: what clock words are made from. */
export function useNow(): Readonly<Ref<number>> {
  watchers += 1
  if (watchers === 1) {
    tick.value = realmNow()
    plan()
  }
  onScopeDispose(() => {
    watchers -= 1
    if (watchers === 0) clearTimeout(timer)
  })
  return readonly(tick)
}
