/** Where things stand on the wall's map so that none hides a more important one. Pure; all lengths in pixels. */
export interface Spot {
  x: number
  y: number
}
export interface Box extends Spot {
  /** Centre at x, y. */
  width: number
  height: number
}

/** Marks nearer to each other than `reach` stand as one, at the place of the first. */
export interface Stack<T> extends Spot {
  members: T[]
}

/** `marks` in order of rank: the first of a stack gives it its place and its look. */
export function stacked<T extends Spot>(marks: readonly T[], reach: number): Stack<T>[] {
  const stacks: Stack<T>[] = []
  for (const mark of marks) {
    const near = stacks.find((stack) => Math.hypot(stack.x - mark.x, stack.y - mark.y) < reach)
    if (near) near.members.push(mark)
    else stacks.push({ x: mark.x, y: mark.y, members: [mark] })
  }
  return stacks
}

export interface Label {
  id: string
  /** Where it would like to be: the middle of its area. */
  at: Spot
  width: number
  height: number
  /** Whether a point lies in its own area. */
  inside(spot: Spot): boolean
}

function overlap(a: Box, b: Box): number {
  const across = (a.width + b.width) / 2 - Math.abs(a.x - b.x)
  const down = (a.height + b.height) / 2 - Math.abs(a.y - b.y)
  return across > 0 && down > 0 ? across * down : 0
}

const STEPS = [0, -0.25, 0.25, -0.5, 0.5, -0.75, 0.75, -1, 1, -1.5, 1.5, -2, 2]
/** A name whose middle lies in another area names the wrong one: worse than covering two marks. */
const ASTRAY = 15

/**
 * A place for each label, as near to its middle as it can be without covering a mark or another label, inside
 * its own area and the picture. Where nothing is free the least bad place is taken: a name is never lost.
 */
export function placed(labels: readonly Label[], marks: readonly Box[], frame: { width: number; height: number }): Map<string, Box> {
  const places = new Map<string, Box>()
  for (const label of labels) {
    let best: { box: Box; cost: number } | undefined
    for (const down of STEPS) {
      for (const right of STEPS) {
        const box = { x: label.at.x + (right * label.width) / 2, y: label.at.y + down * label.height, width: label.width, height: label.height }
        const corners = [-1, 1].flatMap((across) => [-1, 1].map((up) => ({ x: box.x + (across * box.width) / 2, y: box.y + (up * box.height) / 2 })))
        const outside = corners.filter((corner) => !label.inside(corner)).length
        const away = box.x < box.width / 2 || box.x > frame.width - box.width / 2 || box.y < box.height / 2 || box.y > frame.height - box.height / 2
        const cost =
          Math.hypot(box.x - label.at.x, box.y - label.at.y) / label.height +
          outside * 2 +
          (label.inside(box) ? 0 : ASTRAY) +
          (away ? 100 : 0) +
          marks.reduce((sum, mark) => sum + (overlap(box, mark) > 0 ? 6 : 0), 0) +
          [...places.values()].reduce((sum, other) => sum + (overlap(box, other) > 0 ? 30 : 0), 0)
        if (!best || cost < best.cost) best = { box, cost }
      }
    }
    places.set(label.id, best!.box)
  }
  return places
}

/** The first of `candidates` that covers nothing; undefined where each would: then the name is dropped. */
export function freePlace(candidates: readonly Box[], taken: readonly Box[], frame: { width: number; height: number }): Box | undefined {
  return candidates.find(
    (box) =>
      box.x > box.width / 2 && box.x < frame.width - box.width / 2 && box.y > box.height / 2 && box.y < frame.height - box.height / 2 &&
      taken.every((other) => overlap(box, other) === 0),
  )
}

/** Whether a spot lies in a ring (even-odd). */
export function within(ring: readonly (readonly [number, number])[], { x, y }: Spot): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!
    const [xj, yj] = ring[j]!
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

/** 1 to 5: in which fifth between least and most a value lies. Where all are alike, the middle. */
export function shade(value: number, values: readonly number[]): number {
  const least = Math.min(...values)
  const most = Math.max(...values)
  return most === least ? 3 : Math.min(5, 1 + Math.floor(((value - least) / (most - least)) * 5))
}
