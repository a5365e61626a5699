/** Who is signed in, in which post, in which realm. */
import { computed, shallowRef } from 'vue'
import { answer, api, Problem, type Me } from '@/api'
import { signOut as endSession } from '@/api/signin'
import { syncClock } from './clock'
import { stopLive } from './live'
import { queryClient } from './query'

const me = shallowRef<Me>()
const barred = shallowRef<Problem>()
const runOut = shallowRef(false)

export const session = {
  me: computed(() => me.value),
  post: computed(() => me.value?.posts.find((post) => post.id === me.value?.post_id)),
  /** Why somebody who is signed in may not go in: no post of his holds now. */
  barred: computed(() => barred.value),
  /** A write was refused because the post one works as has run out: what is on screen stays, another post is offered. */
  runOut: computed(() => runOut.value),
}

api.use({
  async onResponse({ response }) {
    if (response.status !== 403) return
    const body = (await response.clone().json().catch(() => undefined)) as { code?: string } | undefined
    if (body?.code === 'post_run_out') runOut.value = true
  },
})

/** May the active post do this at all? Whether it may on one case stands in that case's `acts`. */
export function can(act: string): boolean {
  return me.value?.can.includes(act) ?? false
}

/** Tells the other pages of this browser that person or post has changed: the session is one for all. */
const others = 'BroadcastChannel' in window ? new BroadcastChannel('shanzhi.session') : undefined
if (others) others.onmessage = () => void followOthers()

async function followOthers(): Promise<void> {
  const before = me.value
  if (!before) return
  const now = await loadMe(true)
  if (!now) window.location.assign('/login')
  else if (now.person.id !== before.person.id || now.post_id !== before.post_id) await queryClient.resetQueries()
}

function take(next: Me): Me {
  syncClock(next.clock)
  me.value = next
  barred.value = undefined
  runOut.value = false
  return next
}

/** The signed-in person, asked once; undefined where nobody is, or where he is `barred`. Throws Unreachable. */
export async function loadMe(again = false): Promise<Me | undefined> {
  if (me.value && !again) return me.value
  try {
    return take((await answer(api.GET('/api/v1/me'))) as unknown as Me)
  } catch (error) {
    if (error instanceof Problem && [401, 403].includes(error.status)) {
      me.value = undefined
      barred.value = error.status === 403 ? error : undefined
      return undefined
    }
    throw error
  }
}

/** Acts from now on as another of one's posts. What was read in the first is forgotten. */
export async function switchPost(postId: string): Promise<void> {
  const next = await answer(api.POST('/api/v1/me/post', { body: { post_id: postId } }))
  take(next as unknown as Me)
  others?.postMessage('changed')
  await queryClient.resetQueries()
}

export async function signOut(): Promise<void> {
  await endSession()
  others?.postMessage('changed')
  forget()
}

/** After signing in: whoever is here now, also for the other pages. */
export async function arrive(): Promise<Me | undefined> {
  const now = await loadMe(true)
  others?.postMessage('changed')
  return now
}

/** Drops all that the signed-out person could see. */
export function forget(): void {
  stopLive()
  me.value = undefined
  barred.value = undefined
  runOut.value = false
  queryClient.clear()
}
