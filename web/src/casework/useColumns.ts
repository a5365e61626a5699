/** Which columns a table shows: each person's own choice, kept in this browser. */
import { computed, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'
import type { Column } from '@/components/DataTable.vue'

export function useColumns(table: string, every: MaybeRefOrGetter<Column[]>, hiddenAtFirst: readonly string[]) {
  const keptAt = `shanzhi.columns.${table}`
  const hidden = shallowRef<ReadonlySet<string>>(new Set(kept() ?? hiddenAtFirst))

  function kept(): string[] | undefined {
    try {
      const text = localStorage.getItem(keptAt)
      return text === null ? undefined : (JSON.parse(text) as string[])
    } catch {
      return undefined
    }
  }
  function toggle(key: string): void {
    const next = new Set(hidden.value)
    if (!next.delete(key)) next.add(key)
    hidden.value = next
    try {
      localStorage.setItem(keptAt, JSON.stringify([...next]))
    } catch {
      // barred storage: the choice holds for this page
    }
  }
  const columns = computed(() => toValue(every).filter((column) => !hidden.value.has(column.key)))
  const chosen = computed(() => new Set(columns.value.map((column) => column.key)))
  return { columns, chosen, toggle }
}
