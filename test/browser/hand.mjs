// An officer with the handset open and a dispatcher who sends them somewhere, for tests and pictures.
import assert from 'node:assert/strict'

/** Puts a browser's clock wrong by what the test says, and counts what is heard and felt. */
export function senses() {
  const Real = Date
  const shift = () => { try { return Number(localStorage.getItem('test.shift') ?? 0) } catch { return 0 } }
  globalThis.Date = class extends Real {
    constructor(...a) { if (a.length) super(...a); else super(Real.now() + shift()) }
    static now() { return Real.now() + shift() }
  }
  globalThis.__felt = []
  globalThis.__heard = 0
  navigator.vibrate = (p) => globalThis.__felt.push(p)
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (...a) { globalThis.__heard++; return start.apply(this, a) }
}

/** An officer with the handset open, and a dispatcher who can send them somewhere. */
export async function onDuty(t, { base = t.base, language = 'zh-CN', theme = 'light', allow = [], wrong = 0 } = {}) {
  const desk = await t.window()
  await t.letIn(desk, 'dispatcher')
  const window = await t.window({ size: 'hand', theme, language, offscreen: [senses] })
  for (const re of [/404 .*\/v1\/pace\//, ...allow]) window.allow(re) // the clocks of an incident that was sent just now
  if (wrong) await window.context.addInitScript((ms) => { try { localStorage.setItem('test.shift', String(ms)) } catch { /* no storage here */ } }, wrong)
  const page = await window.open(`${base}/m/`)
  await page.getByRole('button', { name: language === 'en' ? 'Officer' : '民警' }).click()
  await page.locator('.top .who .dim').waitFor()
  await page.evaluate(async () => { await navigator.serviceWorker.ready })
  const me = await (await window.context.request.get(base + '/v1/me')).json()
  const post = async (path, data) => {
    const answer = await desk.context.request.post(t.base + path, { data })
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`)
    return answer.json()
  }
  const read = t.get(desk)
  const unit = (await read('/v1/units?limit=500')).items.find((u) => u.crew?.some((c) => c.user_id === me.id))
  let sent = 0
  const made = []
  const send = async (narrative, more = {}) => {
    const i = await post('/v1/incidents', { kind_code: '4', priority: 2, address: `测试路${++sent}号`, position: { lat: unit.last_fix.lat + 0.004 + sent / 5000, lon: unit.last_fix.lon, uncertainty_m: 30 }, narrative, contact: { name: '王小明', phone: '13812345678' }, ...more })
    await post(`/v1/incidents/${i.id}/dispatch`, { unit_ids: [unit.id], reason: 'a test' })
    made.push(i.id)
    return i
  }
  /** Opens one of the officer's own, wherever it stands among them. */
  const open = async (i) => {
    await page.getByText(i.narrative).first().waitFor()
    await page.evaluate((id) => { location.hash = `i/${id}` }, i.id)
    await page.getByRole('heading', { name: i.narrative }).waitFor()
  }
  /** Ends what is left, so that the next test's officer has their own only. */
  const finish = async () => {
    for (const id of made) {
      if (!(await read('/v1/incidents/' + id)).closed_at) await post(`/v1/incidents/${id}/close`, { disposition: 'other' })
    }
  }
  const timeline = async (id) => (await read(`/v1/incidents/${id}/timeline?limit=1000`)).items
  return { desk, window, page, me, unit, post, read, send, timeline, open, finish }
}

/** Waits until the server's answer pleases. */
export async function until(what, ask, within = 30_000) {
  const end = Date.now() + within
  for (;;) {
    const v = await ask()
    if (v) return v
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`)
    await new Promise((go) => setTimeout(go, 150))
  }
}
