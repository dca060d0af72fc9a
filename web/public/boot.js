// Runs before anything is drawn, in words that far older browsers read: the theme and language of last time, so that
// the wrong one never flashes; and what to say where the pages do not start.
(function () {
  const root = document.documentElement
  try {
    const prefs = JSON.parse(localStorage.getItem('zhian.prefs') || '{}')
    if (prefs.theme && root.dataset.size !== 'wall') root.dataset.theme = prefs.theme // a wall has one
    if (prefs.language) root.lang = prefs.language
  } catch { /* as the page says */ }

  const words = {
    old: ['浏览器版本过旧', '此页面需要 Chromium 100、Firefox 100 或 Safari 15.4 以上的内核。请升级浏览器，或换一台电脑登录。紧急情况请拨打 110、119、120。', 'This browser is too old', 'These pages need the engine of Chromium 100, Firefox 100, Safari 15.4 or newer. Update it, or log in on another computer.'],
    lost: ['页面没有加载完整', '服务可能正在升级或重启，也可能网络中断。', 'The page has not loaded', 'The server may be restarting or being upgraded, or the network is down.'],
  }
  function say(what, again) {
    const app = document.getElementById('app')
    if (!app || !app.querySelector('.boot')) return // the pages have started after all
    const w = words[what]
    const at = root.lang === 'en' ? 2 : 0
    app.textContent = ''
    const main = document.createElement('main')
    main.className = 'boot boot-words'
    const box = document.createElement('div')
    box.setAttribute('role', 'alert')
    const title = document.createElement('h1')
    title.textContent = w[at]
    const text = document.createElement('p')
    text.textContent = w[at + 1]
    box.appendChild(title)
    box.appendChild(text)
    main.appendChild(box)
    if (again) {
      const button = document.createElement('button')
      button.textContent = at ? 'Try again' : '重新加载'
      button.onclick = function () { location.reload() }
      main.appendChild(button)
      if (root.dataset.size === 'wall') setTimeout(function () { location.reload() }, 15000) // nobody sits there to press it
    }
    app.appendChild(main)
  }
  const tooOld = !('noModule' in document.createElement('script')) || !Object.hasOwn || typeof structuredClone !== 'function'
  addEventListener('error', function (e) {
    const from = e.target
    if (from && (from.tagName === 'SCRIPT' || from.tagName === 'LINK')) say(tooOld ? 'old' : 'lost', !tooOld)
  }, true)
  if (tooOld) addEventListener('DOMContentLoaded', function () { say('old', false) })
})()
