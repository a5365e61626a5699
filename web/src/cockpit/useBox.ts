/** The size of an element and of the rem in pixels, kept up to date: drawings are made in pixels, the wall in rem. */
import { onBeforeUnmount, onMounted, shallowRef, type Ref } from 'vue'

export interface Size {
  width: number
  height: number
  rem: number
}

export function useBox(element: Readonly<Ref<HTMLElement | null>>): Readonly<Ref<Size>> {
  const size = shallowRef<Size>({ width: 0, height: 0, rem: 16 })
  const measure = (): void => {
    const box = element.value?.getBoundingClientRect()
    if (!box) return
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    const next = { width: Math.round(box.width), height: Math.round(box.height), rem }
    if (next.width !== size.value.width || next.height !== size.value.height || rem !== size.value.rem) size.value = next
  }
  const observer = new ResizeObserver(measure)
  onMounted(() => {
    observer.observe(element.value!)
    measure()
  })
  onBeforeUnmount(() => observer.disconnect())
  return size
}
