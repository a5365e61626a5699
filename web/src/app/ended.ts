import type { Router } from 'vue-router'
import { forget } from './session'

/** The session was revoked or ran out: what was seen is dropped, and the same page waits behind the sign-in. */
export function whenSessionEnds(router: Router): void {
  const { fullPath, name } = router.currentRoute.value
  if (name === 'login') return
  forget()
  void router.push({ name: 'login', query: { next: fullPath, ended: '1' } })
}
