export { answer, api } from './client'
export { Problem, problemWords, Unreachable, wouldNeed } from './problem'
export type * from './types'
