/**
 * A phone's photo has 12 megapixels and more; what happened on a site is seen in a third of them. It is made smaller
 * before a slow line carries it. The server turns and strips what it keeps in any case.
 */
import { isPicture } from './upload'

/** Pixels of the longer side that are kept. */
export const LONGEST = 2560
const QUALITY = 0.85

/** The size to draw it at, or undefined where it is small enough as it is. */
export function fitted(width: number, height: number): { width: number; height: number } | undefined {
  const longer = Math.max(width, height)
  if (longer <= LONGEST) return undefined
  return { width: Math.max(1, Math.round((width * LONGEST) / longer)), height: Math.max(1, Math.round((height * LONGEST) / longer)) }
}

/** The photo as a smaller JPEG; the file itself where that gains nothing or this browser cannot read it (the server then says what is wrong). */
export async function shrunk(file: File): Promise<File> {
  if (!isPicture(file) || !('createImageBitmap' in window)) return file
  try {
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' })
    try {
      const size = fitted(picture.width, picture.height)
      const blob = size && (await drawn(picture, size))
      return blob && blob.size < file.size ? new File([blob], renamed(file.name), { type: blob.type, lastModified: file.lastModified }) : file
    } finally {
      picture.close()
    }
  } catch {
    return file
  }
}

function drawn(picture: ImageBitmap, { width, height }: { width: number; height: number }): Promise<Blob | null> {
  const canvas = Object.assign(document.createElement('canvas'), { width, height })
  const pen = canvas.getContext('2d')!
  pen.fillStyle = 'white' // under what is transparent: JPEG would make it black
  pen.fillRect(0, 0, width, height)
  pen.imageSmoothingQuality = 'high'
  pen.drawImage(picture, 0, 0, width, height)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
}

const renamed = (name: string): string => `${name.replace(/\.[^.]*$/, '') || 'photo'}.jpg`
