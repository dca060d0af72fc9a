// Keeps the handset's page for when there is no network. The build puts the names
// of all that the page loads in the place of FILES, and their digest in that of
// VERSION. What is asked of the server (/v1/) never passes through here.
const version = 'VERSION'
const files = FILES
const name = 'zhian-handset-' + version

self.addEventListener('install', (e) => {
  e.waitUntil(caches.open(name).then((c) => c.addAll(files.map((f) => new Request(f, { cache: f.startsWith('/assets/') ? 'default' : 'reload' })))))
})

self.addEventListener('activate', (e) => {
  e.waitUntil(caches.keys().then((all) => Promise.all(all.filter((n) => n.startsWith('zhian-handset-') && n !== name).map((n) => caches.delete(n)))).then(() => self.clients.claim()))
})

self.addEventListener('message', (e) => {
  if (e.data === 'take over') self.skipWaiting()
})

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url)
  if (e.request.method !== 'GET' || url.origin !== location.origin || url.pathname.startsWith('/v1/')) return
  const page = e.request.mode === 'navigate'
  if (page && url.pathname !== '/m' && !url.pathname.startsWith('/m/')) return
  const wanted = page ? '/m/' : url.pathname
  if (!files.includes(wanted)) return
  e.respondWith(caches.open(name).then((c) => c.match(wanted)).then((kept) => kept || fetch(e.request)))
})
