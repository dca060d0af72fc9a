// A network as it is in the rain: between a browser and the city, it loses requests, answers and patience.
import { createServer, request } from 'node:http'
import { connect } from 'node:net'

/** A generator of chances that is the same in every run. */
function dice(seed) {
  let s = seed >>> 0
  return () => {
    s = (s + 0x6d2b79f5) >>> 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/**
 * Stands before a server. faults: shares (0…1) of changing requests that are
 * dropped before they arrive, done with the answer cut off, sent twice, or
 * delayed (up to delayMs). off: nothing comes through at all.
 */
export async function startProxy(target, { seed = 1, faults = {} } = {}) {
  const to = new URL(target)
  const chance = dice(seed)
  const state = { off: false, faults, count: { passed: 0, dropped: 0, cut: 0, doubled: 0, delayed: 0 } }
  const sockets = new Set()

  const forward = (req, body, done) => {
    const out = request({ host: to.hostname, port: to.port, path: req.url, method: req.method, headers: { ...req.headers, host: req.headers.host } }, (answer) => {
      const parts = []
      answer.on('data', (d) => parts.push(d))
      answer.on('end', () => done(answer, Buffer.concat(parts)))
      answer.on('error', () => done())
    })
    out.on('error', () => done())
    out.end(body)
  }
  const pass = (req, body, res) => forward(req, body, (answer, bytes) => {
    if (!answer) return void res.destroy()
    state.count.passed++
    res.writeHead(answer.statusCode, answer.headers)
    res.end(bytes)
  })

  const server = createServer((req, res) => {
    if (state.off) return void req.socket.destroy()
    const parts = []
    req.on('error', () => undefined)
    req.on('data', (d) => parts.push(d))
    req.on('end', async () => {
      const body = Buffer.concat(parts)
      const f = req.method === 'POST' && /\/v1\/incidents\//.test(req.url) ? state.faults : {}
      const roll = chance()
      const limits = [['dropped', f.drop ?? 0], ['cut', f.cut ?? 0], ['doubled', f.double ?? 0], ['delayed', f.delay ?? 0]]
      let below = 0
      const what = limits.find(([, share]) => roll < (below += share))?.[0]
      if (what) state.count[what]++
      if (what === 'dropped') return void req.socket.destroy()
      if (what === 'cut') return forward(req, body, () => req.socket.destroy()) // the server has done it; nobody hears
      if (what === 'doubled') return forward(req, body, () => pass(req, body, res))
      if (what === 'delayed') await new Promise((go) => setTimeout(go, chance() * (f.delayMs ?? 200)))
      pass(req, body, res)
    })
  })
  server.on('connection', (s) => {
    sockets.add(s)
    s.on('close', () => sockets.delete(s))
    s.on('error', () => undefined)
  })
  server.on('upgrade', (req, socket, head) => {
    if (state.off) return void socket.destroy()
    const up = connect(Number(to.port), to.hostname, () => {
      up.write(`${req.method} ${req.url} HTTP/1.1\r\n${Object.entries(req.headers).map(([k, v]) => `${k}: ${v}`).join('\r\n')}\r\n\r\n`)
      up.write(head)
      up.pipe(socket).pipe(up)
    })
    up.on('error', () => socket.destroy())
    socket.on('error', () => up.destroy())
    socket.on('close', () => up.destroy())
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return {
    base: `http://127.0.0.1:${server.address().port}`,
    count: state.count,
    faults: (f) => { state.faults = f },
    /** Takes the network away, or brings it back. */
    off(yes) {
      state.off = yes
      if (yes) for (const s of sockets) s.destroy()
    },
    stop: () => new Promise((done) => { server.close(done); for (const s of sockets) s.destroy() }),
  }
}
