// The handset in an officer's hand: what arrives, what is done, and what becomes of it without network.
import assert from 'node:assert/strict'
import { axe, told } from './axe.mjs'
import { onDuty, until } from './hand.mjs'
import { startProxy } from './proxy.mjs'
import { languages, settled } from './stage.mjs'

const limit = 120 * 1024 // bytes of script of a first load, packed

/** How much waits on the disk of the device. */
const waiting = (page) => page.evaluate(async () => {
  const ask = indexedDB.open('zhian.handset', 1)
  await new Promise((done) => { ask.onsuccess = done })
  const all = await new Promise((done) => { const r = ask.result.transaction('outbox').objectStore('outbox').getAll(); r.onsuccess = () => done(r.result) })
  ask.result.close()
  return all.filter((i) => i.state === 'waiting').length
})
const sentAll = (page) => until('everything is sent', async () => (await waiting(page)) === 0, 150_000)

/** A picture as a camera makes it: large, with a place written into it. */
const photo = (page) => page.evaluate(async () => {
  const canvas = Object.assign(document.createElement('canvas'), { width: 2400, height: 1800 })
  const c = canvas.getContext('2d')
  for (let i = 0; i < 40; i++) { c.fillStyle = `hsl(${i * 9} 60% 50%)`; c.fillRect(i * 60, 0, 60, 1800) }
  const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9))
  const plain = new Uint8Array(await blob.arrayBuffer())
  const exif = new TextEncoder().encode('Exif\0\0GPS-OF-HOME')
  const out = [...plain.slice(0, 2), 0xff, 0xe1, 0, exif.length + 2, ...exif, ...plain.slice(2)]
  return out
})

export const tests = {
  'the first load is small, installable, and opens without network': async (t) => {
    const proxy = await startProxy(t.base)
    try {
      const window = await t.window({ size: 'hand' })
      window.allow(/ERR_(EMPTY_RESPONSE|CONNECTION|FAILED|SOCKET)|WebSocket/)
      const page = await window.open(`${proxy.base}/m/`)
      await settled(page)
      const scripts = await page.evaluate(() => performance.getEntriesByType('resource').filter((r) => r.name.endsWith('.js')).map((r) => r.name))
      let sum = 0
      for (const url of scripts) {
        const answer = await fetch(url, { headers: { 'Accept-Encoding': 'gzip' } })
        sum += Number(answer.headers.get('content-length'))
        await answer.arrayBuffer()
      }
      assert.ok(scripts.length > 3 && sum > 30_000 && sum <= limit, `${sum} bytes of script in ${scripts.length} files`)
      console.log(`     handset, first load: ${(sum / 1024).toFixed(1)} kB gz of script in ${scripts.length} files`)
      const names = scripts.map((s) => s.split('/').pop()).join(' ')
      assert.doesNotMatch(names, /maplibre|echarts|kit-|frame-/)
      const manifest = await (await fetch(proxy.base + '/m/manifest.webmanifest')).json()
      assert.equal(manifest.scope, '/m/')
      for (const icon of manifest.icons) assert.equal((await fetch(proxy.base + icon.src)).headers.get('content-type'), 'image/png')
      assert.ok(manifest.icons.some((i) => i.purpose === 'maskable') && manifest.icons.some((i) => i.sizes === '192x192'))
      await page.evaluate(async () => { await navigator.serviceWorker.ready })
      await page.reload() // now the worker answers
      await settled(page)
      proxy.off(true)
      await page.reload()
      await page.locator('.notice.yellow').first().waitFor()
      await page.getByRole('heading', { name: '登录移动警务' }).waitFor()
    } finally {
      await proxy.stop()
    }
  },

  'a push is heard and felt; acknowledge, take back, call, arrive, tell, show, end': async (t) => {
    const d = await onDuty(t)
    const { page } = d
    const i = await d.send('两户邻里因停车位发生争执，一人持棍')
    await page.getByText('两户邻里').first().waitFor()
    await until('it is heard and felt', () => page.evaluate(() => globalThis.__heard > 0 && globalThis.__felt.length > 0))
    const wait = (kind, ok = () => true) => until(kind, async () => (await d.timeline(i.id)).find((e) => e.kind === kind && ok(e)))
    await wait('push_delivered', (e) => e.device.startsWith('hand-'))
    await d.open(i)
    await wait('push_seen')
    for (const v of await axe(page)) t.wrong(told([v]))

    await page.getByRole('button', { name: '签收' }).click()
    await page.getByRole('button', { name: '撤回' }).click()
    const press = page.getByRole('button', { name: '签收' })
    await press.waitFor()
    assert.ok(!(await d.timeline(i.id)).some((e) => e.kind === 'step'), 'what was taken back was never sent')
    await until('it can be pressed again', () => press.isEnabled())
    await press.dblclick() // a nervous thumb
    await wait('step', (e) => e.detail.step === 'acknowledged' && e.detail.no === 1 && e.counter > 0)
    await wait('push_acknowledged')

    await page.getByRole('button', { name: '联系报警人' }).click()
    for (const v of await axe(page)) t.wrong(told([v]))
    await page.getByRole('button', { name: /查看号码/ }).click()
    assert.equal(await page.getByRole('link', { name: /13812345678/ }).getAttribute('href'), 'tel:13812345678')
    await page.getByRole('button', { name: '已接通' }).click()
    assert.match(await page.getByRole('link', { name: '导航' }).getAttribute('href'), /^geo:28\.\d+,120\.\d+\?q=28/)

    assert.ok(await page.getByRole('button', { name: '我已到场' }).isVisible(), 'who is there already may say so')
    await page.getByRole('button', { name: '出发' }).click()
    await page.getByRole('button', { name: '出发' }).waitFor({ state: 'detached' })
    await until('on scene', () => page.getByRole('button', { name: '我已到场' }).isEnabled())
    await page.getByRole('button', { name: '我已到场' }).click()
    const picture = Buffer.from(await photo(page))
    await page.locator('input[type=file]:not([capture])').setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: picture })
    await page.locator('input[type=file][capture]').setInputFiles({ name: 'b.txt', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') })
    await page.getByText('这个文件不是能识别的照片').waitFor()
    await page.getByRole('button', { name: '处警反馈' }).click()
    for (const v of await axe(page)) t.wrong(told([v]))
    await page.getByRole('button', { name: '提交反馈' }).click()
    await page.getByText('请填写处置情况').waitFor()
    await page.getByLabel('到场情况与处置经过').fill('双方已平静')
    await page.keyboard.press('Escape') // what was typed is not lost
    await page.getByRole('button', { name: '处警反馈' }).click()
    assert.equal(await page.getByLabel('到场情况与处置经过').inputValue(), '双方已平静')
    await page.getByLabel('当场调解').check()
    await page.getByRole('button', { name: '提交并办结' }).click()
    await sentAll(page)
    const lines = await d.timeline(i.id)
    const mine = lines.filter((e) => e.counter > 0)
    assert.deepEqual(mine.map((e) => e.kind + (e.detail.step ?? '')), ['stepacknowledged', 'contacted', 'stepen_route', 'stepon_scene', 'picture', 'feedback', 'closed'])
    const p = mine.find((e) => e.kind === 'picture').detail.picture
    assert.deepEqual([p.width, p.height], [1600, 1200])
    const whole = await d.desk.context.request.post(`${t.base}/v1/incidents/${i.id}/pictures/${p.id}/reveal`, { data: { purpose: 'case_handling' } })
    assert.ok(whole.ok() && !(await whole.body()).includes('GPS-OF-HOME'))
    assert.equal((await d.read('/v1/incidents/' + i.id)).disposition, 'mediated')
    await page.getByRole('link', { name: '返回' }).click()
    await page.locator('.others a', { hasText: '两户邻里' }).click()
    await page.locator('.tile img').first().waitFor()
    await d.finish()
  },

  'two reports that knew nothing of one another stand both until one is written that settles them': async (t) => {
    const d = await onDuty(t, { allow: [/ERR_INTERNET_DISCONNECTED|WebSocket/] })
    const { page } = d
    const i = await d.send('商铺门口有人受伤')
    await d.open(i)
    const seen = (await d.read('/v1/incidents/' + i.id)).version
    await page.context().setOffline(true)
    await page.getByRole('button', { name: '处警反馈' }).click()
    await page.getByLabel('到场情况与处置经过').fill('一人轻伤')
    await page.getByRole('button', { name: '提交反馈' }).click()
    await page.locator('.notice', { hasText: '离线' }).waitFor()
    await d.post(`/v1/incidents/${i.id}/feedback`, { unit_id: d.unit.id, text: '无人受伤', seen })
    await page.context().setOffline(false)
    const conflict = page.locator('.conflict')
    await conflict.waitFor()
    for (const text of ['一人轻伤', '无人受伤']) await conflict.getByText(text).waitFor()
    for (const v of await axe(page)) t.wrong(told([v]))
    await page.getByRole('button', { name: '核对后写一份' }).click()
    assert.deepEqual((await page.getByLabel('到场情况与处置经过').inputValue()).split('\n').sort(), ['一人轻伤', '无人受伤'].sort())
    await page.getByLabel('到场情况与处置经过').fill('一人轻伤，已核实')
    await page.getByRole('button', { name: '提交反馈' }).click()
    await conflict.waitFor({ state: 'detached' })
    const a = (await d.read('/v1/incidents/' + i.id)).assignments[0]
    assert.deepEqual(a.reports.map((r) => r.text), ['一人轻伤，已核实'])
    assert.equal((await d.timeline(i.id)).filter((e) => e.kind === 'feedback').length, 3, 'nothing was overwritten')
    await d.finish()
  },

  '500 actions in the rain: the tab is killed, the clock is wrong, the network loses and doubles, two days pass; nothing is lost, doubled or out of order': async (t) => {
    const proxy = await startProxy(t.base, { seed: 5 })
    try {
      const d = await onDuty(t, { base: proxy.base, allow: [/ERR_|WebSocket|the page crashed/] })
      let { page } = d
      const incidents = []
      for (let n = 0; n < 5; n++) incidents.push(await d.send(`雨夜警情${n}`))
      for (let n = 0; n < 5; n++) await page.getByText(`雨夜警情${n}`).first().waitFor()
      await page.reload() // now the worker answers
      await page.getByText('雨夜警情0').first().waitFor()
      proxy.off(true)
      const shift = (ms) => page.evaluate((v) => localStorage.setItem('test.shift', String(v)), ms)
      /** The tab is killed as the system kills it, and opened again without network. */
      const killed = async () => {
        const session = await page.context().newCDPSession(page)
        await Promise.race([session.send('Page.crash').catch(() => undefined), page.waitForEvent('crash')])
        await page.close().catch(() => undefined)
        page = await d.window.open(`${proxy.base}/m/`)
        await page.locator('.tabs').waitFor()
      }
      /** Puts actions into the outbox as the page does; the last ones are pressed. */
      const queue = (from, count) => page.evaluate(async ({ from, count, ids, user, unit }) => {
        const open = indexedDB.open('zhian.handset', 1)
        await new Promise((done) => { open.onsuccess = done })
        const get = (s, k) => new Promise((done) => { const r = open.result.transaction(s).objectStore(s).get(k); r.onsuccess = () => done(r.result) })
        const base = await get('kept', 'base')
        let n = (await get('kept', 'counter')) ?? 0
        const tx = open.result.transaction(['outbox', 'kept'], 'readwrite')
        for (let k = from; k < from + count; k++) {
          n++
          const item = { n, key: `rain-${k}-${Math.random()}`, user, incident: ids[k % ids.length], number: '', unit, no: 1, deed: { do: 'feedback', text: `act ${k}`, seen: 2 }, pressed: Date.now(), base: k % 2 ? base : undefined, hold: 0, state: 'waiting', tries: 0 }
          tx.objectStore('outbox').put(item, n)
        }
        tx.objectStore('kept').put(n, 'counter')
        await new Promise((done) => { tx.oncomplete = done })
        open.result.close()
      }, { from, count, ids: incidents.map((i) => i.id), user: d.me.id, unit: d.unit.id })
      const pressed = async (n) => { // by hand, through the page
        for (let k = 0; k < n; k++) {
          await page.getByRole('button', { name: '联系报警人' }).or(page.getByRole('button', { name: '已联系' })).first().click()
          await page.getByRole('button', { name: '无人接听' }).click()
        }
      }
      for (const [from, count, wrong] of [[0, 190, 10 * 60_000], [190, 190, -10 * 60_000], [380, 110, 48 * 3600_000]]) {
        await shift(wrong)
        await queue(from, count)
        await killed()
      }
      await page.evaluate((id) => { location.hash = `i/${id}` }, incidents[0].id)
      await page.getByRole('heading', { name: '雨夜警情0' }).waitFor()
      await pressed(10)
      assert.equal(await waiting(page), 500)
      proxy.faults({ drop: 0.08, cut: 0.08, double: 0.08, delay: 0.1, delayMs: 60 })
      proxy.off(false)
      await page.evaluate(() => dispatchEvent(new Event('online')))
      await until('a part is sent', async () => (await waiting(page)) < 350, 120_000)
      await killed() // in the midst of it
      await sentAll(page)

      let all = 0
      const texts = []
      for (const i of incidents) {
        const mine = (await d.timeline(i.id)).filter((e) => e.counter > 0)
        const counters = mine.map((e) => e.counter)
        assert.deepEqual(counters, [...counters].sort((a, b) => a - b), 'in order')
        assert.equal(new Set(counters).size, counters.length, 'none twice')
        all += mine.length
        for (const e of mine) assert.ok(Date.parse(e.occurred_at) <= Date.parse(e.recorded_at) + 2000, 'nothing of the future')
        texts.push(...mine.filter((e) => e.kind === 'feedback').map((e) => Number(e.detail.text.slice(4))))
      }
      assert.equal(all, 500)
      assert.deepEqual(texts.sort((a, b) => a - b), Array.from({ length: 490 }, (_, k) => k), 'every text once')
      for (const what of ['dropped', 'cut', 'doubled']) assert.ok(proxy.count[what] > 5, `${what}: ${proxy.count[what]}`)
      console.log(`     the rain: ${JSON.stringify(proxy.count)}`)
      await page.goto(`${proxy.base}/m/#outbox`)
      await page.locator('[data-state]').first().waitFor()
      assert.equal(await page.locator('[data-state=refused], [data-state=waiting]').count(), 0)
      await d.finish()
    } finally {
      await proxy.stop()
    }
  },

  'a clock that is ten minutes wrong tells the time of the centre, measured or not': async (t) => {
    for (const wrong of [10, -10]) {
      const proxy = await startProxy(t.base)
      try {
        const d = await onDuty(t, { base: proxy.base, wrong: wrong * 60_000, allow: [/ERR_|WebSocket/] })
        const { page } = d
        const i = await d.send(`钟差${wrong}分钟的警情`)
        await d.open(i)
        proxy.off(true)
        const press = async (name) => {
          await until(name, () => page.getByRole('button', { name }).isEnabled())
          await page.getByRole('button', { name }).click()
          return Date.now()
        }
        const pressed = [await press('签收')]
        await until('the act is on the disk', () => waiting(page))
        await page.evaluate(() => indexedDB.open('zhian.handset').onsuccess = (e) => { e.target.result.transaction('kept', 'readwrite').objectStore('kept').delete('base'); e.target.result.close() })
        await page.reload() // without network, and without a measurement
        await page.locator('.notice.yellow').first().waitFor()
        pressed.push(await press('我已到场'))
        await new Promise((go) => setTimeout(go, 3000)) // the time between the press and the network
        proxy.off(false)
        await page.evaluate(() => dispatchEvent(new Event('online')))
        const steps = await until('both are there', async () => { const s = (await d.timeline(i.id)).filter((e) => e.kind === 'step' && e.counter > 0); return s.length === 2 && s })
        steps.forEach((e, n) => {
          const off = Date.parse(e.occurred_at) - pressed[n]
          assert.ok(Math.abs(off) < 2500, `${e.detail.step} is off by ${off} ms on a clock that is ${wrong} min wrong`)
          assert.ok(!e.detail.doubts?.includes('clock'))
        })
        await page.evaluate(() => { location.hash = 'me' })
        await page.getByText(/相差约 10 分钟/).waitFor()
        await d.finish()
      } finally {
        await proxy.stop()
      }
    }
  },

  'the session ends, the server restarts, the phone is full, the camera is shut: each says so and keeps the work': async (t) => {
    const proxy = await startProxy(t.base)
    try {
      const d = await onDuty(t, { base: proxy.base, allow: [/ERR_|WebSocket|401|error: full/] })
      const { page } = d
      const i = await d.send('小区地下室冒烟')
      await d.open(i)
      proxy.off(true) // the server restarts; the phone has network
      await page.getByRole('button', { name: '签收' }).click()
      await page.getByText('连接不上服务，正在重试').waitFor({ timeout: 40_000 })
      await d.window.context.request.post(t.base + '/v1/logout', { headers: { Origin: t.base } }).catch(() => undefined)
      const cookies = await d.window.context.cookies()
      if (cookies.length) await d.window.context.clearCookies() // the session is over
      proxy.off(false)
      await page.evaluate(() => dispatchEvent(new Event('online')))
      await page.getByRole('heading', { name: '登录已过期，请重新登录' }).waitFor({ timeout: 40_000 })
      await page.getByText(/已保存 1 项待上传/).waitFor()
      for (const v of await axe(page)) t.wrong(told([v]))
      await page.getByRole('button', { name: '民警', exact: true }).click()
      await until('it is sent after', async () => (await d.timeline(i.id)).some((e) => e.detail.step === 'acknowledged' && e.counter > 0))

      await page.evaluate(() => {
        globalThis.__put = IDBObjectStore.prototype.put
        IDBObjectStore.prototype.put = function (...a) { if (globalThis.__full) throw new DOMException('full', 'QuotaExceededError'); return globalThis.__put.apply(this, a) }
        globalThis.__full = true
      })
      await page.getByRole('button', { name: '处警反馈' }).click()
      await page.getByLabel('到场情况与处置经过').fill('烟已散，无人受伤')
      await page.getByRole('button', { name: '提交反馈' }).click()
      await page.getByRole('dialog').getByText(/文字仍保留/).waitFor()
      assert.equal(await page.getByLabel('到场情况与处置经过').inputValue(), '烟已散，无人受伤')
      for (const v of await axe(page)) t.wrong(told([v]))
      await page.evaluate(() => { globalThis.__full = false })
      await page.getByRole('button', { name: '提交反馈' }).click()
      await until('it is sent then', async () => (await d.timeline(i.id)).some((e) => e.detail.text === '烟已散，无人受伤'))

      await page.evaluate(() => { navigator.permissions.query = () => Promise.resolve({ state: 'denied' }) })
      const chooser = page.waitForEvent('filechooser')
      await page.locator('input[capture]').evaluate((e) => e.click())
      await chooser
      await page.getByText('相机已被禁止使用').waitFor()
      await d.finish()
    } finally {
      await proxy.stop()
    }
  },

  'who may not respond is told so, and a browser without a database too': async (t) => {
    const window = await t.window({ size: 'hand', language: 'en', offscreen: [() => { Object.defineProperty(globalThis, 'indexedDB', { value: undefined }) }] })
    const page = await window.open(`${t.base}/m/`)
    await page.getByText('cannot keep data offline').waitFor()
    const other = await t.window({ size: 'hand', language: 'en', offscreen: [() => { const real = globalThis.fetch; globalThis.fetch = async (...a) => { const r = await real(...a); if (!String(a[0]?.url ?? a[0]).endsWith('/v1/me/rights')) return r; return new Response(JSON.stringify({ open: ['identity.self'], rights: [] }), { status: 200, headers: { 'Content-Type': 'application/json' } }) } }] })
    const denied = await other.open(`${t.base}/m/`)
    await denied.getByRole('button', { name: 'Officer', exact: true }).click()
    await denied.locator('.state.denied', { hasText: 'incident.respond' }).waitFor()
  },

  'every view is free of faults in two looks and two languages, fits 200 %, and nothing to press is small': async (t) => {
    for (const language of languages) {
      const d = await onDuty(t, { language })
      const { page } = d
      const i = await d.send('两户邻里因停车位发生争执，一人持棍受伤，现场有较多群众围观，请到场民警注意安全')
      await page.getByText('两户邻里').first().waitFor()
      for (const [view, h1] of [['', /./], ['outbox', /./], ['me', /./], [`i/${i.id}`, /./]]) {
        await page.evaluate((v) => { location.hash = v }, view)
        await page.getByRole('heading', { level: 1, name: h1 }).waitFor()
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme })
          await settled(page, { language })
          for (const v of await axe(page)) t.wrong(`/m/#${view} ${colorScheme} ${language}\n${told([v])}`)
        }
        const small = await page.evaluate(() => [...document.querySelectorAll('main button, main a, .tabs a, main label.big, main label.tile')].filter((e) => e.getBoundingClientRect().height < 47.5 && e.getBoundingClientRect().height > 1).map((e) => `${e.tagName} ${e.textContent.trim().slice(0, 20)} ${e.getBoundingClientRect().height}`))
        if (small.length) t.wrong(`/m/#${view}: ${small.join(', ')}`)
        for (const width of [412, 206]) { // 206: 412 at 200 %
          await page.setViewportSize({ width, height: 700 })
          await settled(page)
          const over = await page.evaluate(() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth)
          if (over > 1) t.wrong(`/m/#${view} at ${width}, ${language}: ${over} px too wide`)
        }
        await page.setViewportSize({ width: 412, height: 915 })
      }
      await d.open(i)
      const box = await page.getByRole('button', { name: language === 'en' ? 'Acknowledge' : '签收' }).boundingBox()
      assert.ok(box.y > 915 * 0.4, `the main action is in reach of the thumb: ${box.y}`)
      await d.finish()
    }
  },
}
