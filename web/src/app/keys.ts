/**
 * Keys, one map for the product.
 *
 * A page registers what its keys do; the same entries fill the foot line and the `?` map, so a key that
 * is shown works and a key that works is shown. Off while an input has focus or a dialog is open.
 */
import { computed, onScopeDispose, shallowReactive, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'

export interface KeyBinding {
  /** `j`, `Enter`, `?`, or two in a row: `g i`. */
  keys: string
  label: string
  run(): void
  /** Shown in the foot line. */
  foot?: boolean
  /** Where it would do nothing now, it is neither shown nor taken. */
  when?: boolean
  /** Which part of the map: of this page, or of all pages. */
  group?: 'page' | 'everywhere'
}

const registered = shallowReactive(new Set<MaybeRefOrGetter<KeyBinding[]>>())

export const bindings = computed(() =>
  [...registered].flatMap((entry) => toValue(entry)).filter((binding) => binding.when !== false),
)

export function useKeys(entry: MaybeRefOrGetter<KeyBinding[]>): void {
  registered.add(entry)
  onScopeDispose(() => registered.delete(entry))
}

/** How many dialogs are open; while one is, its own keys count and the page's do not. */
export const dialogs = shallowRef(0)

const SEQUENCE_WAIT = 1_000
let first: string | undefined
let firstTimer: ReturnType<typeof setTimeout> | undefined

function editing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

/** A focused button or link has its own Enter. */
function ownsEnter(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, [role="menuitemradio"], [role="menuitem"]') !== null
}

/** What full-width punctuation stands for: an input method may be on although no field has focus. */
const HALF_WIDTH: Record<string, string> = { '？': '?', '／': '/', '、': '/' }

function keyOf({ key, code }: KeyboardEvent): string {
  if (key === 'Process' && code.startsWith('Key')) return code.slice(3).toLowerCase()
  return HALF_WIDTH[key] ?? (key.length === 1 ? key.toLowerCase() : key)
}

export function handleKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return
  if (dialogs.value > 0 || editing(event.target)) return
  const key = keyOf(event)
  if (key === 'Enter' && ownsEnter(event.target)) return
  const pressed = first === undefined ? key : `${first} ${key}`
  clearTimeout(firstTimer)
  first = undefined
  // the page on top registered last
  const hit = bindings.value.findLast((binding) => binding.keys === pressed)
  if (hit) {
    event.preventDefault()
    hit.run()
  } else if (bindings.value.some((binding) => binding.keys.startsWith(`${key} `))) {
    first = key
    firstTimer = setTimeout(() => (first = undefined), SEQUENCE_WAIT)
  }
}

export function listenToKeys(): void {
  window.addEventListener('keydown', handleKey)
}
