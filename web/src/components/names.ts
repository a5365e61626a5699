import type { Named } from '@/api'

/** As lists and buttons say it; the full name stands in documents and heads. */
export function shortName(named: Named | null | undefined): string | undefined {
  return named?.short || named?.name
}
