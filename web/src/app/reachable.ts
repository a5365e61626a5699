import { shallowRef } from 'vue'

/** Whether the server answered when the page was opened. */
export const reachable = shallowRef(true)
