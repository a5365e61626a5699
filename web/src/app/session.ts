/** Who is signed in, in which post, in which realm. */
import { computed, shallowRef } from 'vue'
import { answer, api, Problem, type Me } from '@/api'
import { signOut as endSession } from '@/api/signin'
import { syncClock } from './clock'
import { stopLive } from './live'
import { queryClient } from './query'

const me = shallowRef<Me>()

export const session = {
  me: computed(() => me.value),
  post: computed(() => me.value?.posts.find((post) => post.id === me.value?.post_id)),
}

/** May the active post do this at all? Whether it may on one case stands in that case's `acts`. */
export function can(act: string): boolean {
  return me.value?.can.includes(act) ?? false
}

function take(next: Me): Me {
  syncClock(next.clock)
  me.value = next
  return next
}

/** The signed-in person, asked once; undefined where nobody is. Throws Unreachable. */
export async function loadMe(again = false): Promise<Me | undefined> {
  if (me.value && !again) return me.value
  try {
    return take((await answer(api.GET('/api/v1/me'))) as unknown as Me)
  } catch (error) {
    if (error instanceof Problem && [401, 403].includes(error.status)) return undefined
    throw error
  }
}

/** Acts from now on as another of one's posts. What was read in the first is forgotten. */
export async function switchPost(postId: string): Promise<void> {
  const next = await answer(api.POST('/api/v1/me/post', { body: { post_id: postId } }))
  take(next as unknown as Me)
  await queryClient.resetQueries()
}

export async function signOut(): Promise<void> {
  await endSession()
  forget()
}

/** Drops all that the signed-out person could see. */
export function forget(): void {
  stopLive()
  me.value = undefined
  queryClient.clear()
}
