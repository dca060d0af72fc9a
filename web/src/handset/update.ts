import { ref, shallowRef } from 'vue'

/** A new version has been loaded and waits until the officer wants it. */
export const updateReady = ref(false)
let waiting: ServiceWorker | undefined

/** The page can be put on the home screen. */
interface InstallPrompt extends Event { prompt: () => Promise<void> }
export const installable = shallowRef<InstallPrompt>()

/** Registers the worker that keeps the pages for when there is no network. */
export async function startUpdates() {
  addEventListener('beforeinstallprompt', (e) => {
    e.preventDefault()
    installable.value = e as InstallPrompt
  })
  addEventListener('appinstalled', () => { installable.value = undefined })
  if (!('serviceWorker' in navigator)) return
  let wanted = false
  navigator.serviceWorker.addEventListener('controllerchange', () => { if (wanted) location.reload() })
  takeUpdate = () => {
    wanted = true
    waiting?.postMessage('take over')
  }
  const found = (w: ServiceWorker | null) => {
    if (!w || !navigator.serviceWorker.controller) return // the first one: nothing is replaced
    waiting = w
    updateReady.value = true
  }
  let r: ServiceWorkerRegistration
  try {
    r = await navigator.serviceWorker.register('/m/sw.js', { scope: '/m/' })
  } catch {
    return // plain HTTP: the page works, with network only
  }
  found(r.waiting)
  r.addEventListener('updatefound', () => {
    const fresh = r.installing
    fresh?.addEventListener('statechange', () => { if (fresh.state === 'installed') found(fresh) })
  })
  setInterval(() => void r.update().catch(() => undefined), 30 * 60_000)
}

/** Goes over to the new version; the page is loaded anew. */
export let takeUpdate: () => void = () => undefined
