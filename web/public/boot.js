// Sets theme and language before anything is drawn: no flash of the wrong one.
(function () {
  var d = document.documentElement
  try {
    var p = JSON.parse(localStorage.getItem('zhian.prefs') || '{}')
    if (p.theme) d.dataset.theme = p.theme
    if (p.language) d.lang = p.language
  } catch (e) { /* as the page says */ }
})()
