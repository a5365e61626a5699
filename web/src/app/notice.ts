/** A sentence at the foot of the page that nothing can be done about. It goes by itself, or when something else is said. */
import { computed, shallowRef } from 'vue'

const READ_IN = 10_000
const said = shallowRef<string>()
let timer: ReturnType<typeof setTimeout> | undefined

export const notice = {
  words: computed(() => said.value),
  say(words: string): void {
    clearTimeout(timer)
    said.value = words
    timer = setTimeout(notice.withdraw, READ_IN)
  },
  withdraw(): void {
    clearTimeout(timer)
    said.value = undefined
  },
}
