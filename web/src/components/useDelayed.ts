import { onScopeDispose, shallowRef, type Ref } from 'vue'

/** Becomes true after `ms`: what is quick shows no skeleton. */
export function useDelayed(ms: number): Readonly<Ref<boolean>> {
  const passed = shallowRef(false)
  const timer = setTimeout(() => (passed.value = true), ms)
  onScopeDispose(() => clearTimeout(timer))
  return passed
}
