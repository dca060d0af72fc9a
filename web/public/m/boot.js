// Sets look and language before anything is drawn, and tells a browser that is too old.
(function () {
  if (location.pathname === '/m') return location.replace('/m/' + location.hash) // the worker answers below /m/
  const d = document.documentElement
  try {
    const own = JSON.parse(localStorage.getItem('zhian.handset.prefs') || '{}')
    const all = JSON.parse(localStorage.getItem('zhian.prefs') || '{}')
    const dark = window.matchMedia && matchMedia('(prefers-color-scheme: dark)').matches
    d.dataset.theme = own.look === 'light' || own.look === 'dark' ? own.look : dark ? 'dark' : 'light'
    if (all.language) d.lang = all.language
  } catch { /* as the page says */ }
})()
