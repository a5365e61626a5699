/**
 * The one sound: two short tones for a new order of the 2-hour class. Made in the browser, so nothing is
 * fetched. Browsers keep silent until the page has been touched once; then it is simply not heard.
 */
import { shallowRef } from 'vue'

const KEPT_AT = 'shanzhi.sound'

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT_AT) !== 'off'
  } catch {
    return true
  }
}

export const sound = shallowRef(kept())

export function setSound(on: boolean): void {
  sound.value = on
  try {
    localStorage.setItem(KEPT_AT, on ? 'on' : 'off')
  } catch {
    // barred storage: the choice holds for this page
  }
}

export function chime(): void {
  if (!sound.value || !('AudioContext' in window)) return
  const audio = new AudioContext()
  const gain = audio.createGain()
  gain.gain.value = 0.12
  gain.connect(audio.destination)
  for (const [start, pitch] of [
    [0, 660],
    [0.22, 880],
  ] as const) {
    const tone = audio.createOscillator()
    tone.frequency.value = pitch
    tone.connect(gain)
    tone.start(audio.currentTime + start)
    tone.stop(audio.currentTime + start + 0.16)
  }
  setTimeout(() => void audio.close(), 1_000)
}
