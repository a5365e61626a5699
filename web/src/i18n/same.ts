/** The same keys, any words: what a second language must have. */
export type Same<T> = { [K in keyof T]: T[K] extends string ? string : Same<T[K]> }
