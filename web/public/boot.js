// Sets theme and language before anything is drawn: no flash of the wrong one.
(function () {
  const d = document.documentElement
  try {
    const p = JSON.parse(localStorage.getItem('zhian.prefs') || '{}')
    if (p.theme) d.dataset.theme = p.theme
    if (p.language) d.lang = p.language
  } catch { /* as the page says */ }
})()
