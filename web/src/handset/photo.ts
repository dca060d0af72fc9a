/** Pictures from the scene: made small, and rid of all that a camera writes beside them. */
export const longest = 1600 // pixels
const quality = [0.82, 0.7, 0.55] // until it is small enough
const most = 1_500_000 // bytes

/** The file is no picture that this browser can read. */
export class NoPicture extends Error {}

export function fitted(width: number, height: number, side = longest): { width: number; height: number } {
  const scale = Math.min(1, side / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

export interface Photo { blob: Blob; taken: number } // taken by the device's clock

/** Drawing a picture anew leaves nothing of it but the picture: no place, no device, no owner. */
export async function developed(file: File): Promise<Photo> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  } catch {
    throw new NoPicture()
  }
  const size = fitted(bitmap.width, bitmap.height)
  const canvas = document.createElement('canvas')
  Object.assign(canvas, size)
  canvas.getContext('2d')!.drawImage(bitmap, 0, 0, size.width, size.height)
  bitmap.close()
  for (const q of quality) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', q))
    if (!blob) throw new NoPicture()
    if (blob.size <= most || q === quality.at(-1)) return { blob, taken: Math.min(file.lastModified || Date.now(), Date.now()) }
  }
  throw new NoPicture()
}

/** Where this device is, if the person lets it be known and it can be told soon. */
export function whereNow(wanted: boolean): Promise<{ lat: number; lon: number; uncertainty_m?: number } | undefined> {
  if (!wanted || !navigator.geolocation) return Promise.resolve(undefined)
  return new Promise((done) => {
    navigator.geolocation.getCurrentPosition(
      (p) => done({ lat: p.coords.latitude, lon: p.coords.longitude, uncertainty_m: Math.round(p.coords.accuracy) }),
      () => done(undefined),
      { timeout: 3000, maximumAge: 60_000, enableHighAccuracy: true },
    )
  })
}

/** The person has shut the camera out for this site; undefined where the browser does not say. */
export async function cameraRefused(): Promise<boolean | undefined> {
  try {
    return (await navigator.permissions.query({ name: 'camera' as PermissionName })).state === 'denied'
  } catch {
    return undefined
  }
}
