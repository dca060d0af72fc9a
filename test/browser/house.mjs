// The program under test, and a plain server for what is not in it.
import { spawn } from 'node:child_process'
import { createReadStream, existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createSocket } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export async function freePort() {
  const s = createSocket().listen(0, '127.0.0.1')
  await new Promise((done) => s.once('listening', done))
  const { port } = s.address()
  await new Promise((done) => s.close(done))
  return port
}

// Nothing outlives the tests, however they end.
const children = new Set()
function startChild(binary, args, env = {}) {
  const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}
process.on('exit', () => { for (const c of children) c.kill('SIGKILL') })
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

async function until(what, fn, within = 60_000) {
  const end = Date.now() + within
  for (;;) {
    try {
      const v = await fn()
      if (v) return v
    } catch { /* not yet */ }
    if (Date.now() > end) throw new Error(`${what}: not within ${within} ms`)
    await new Promise((done) => setTimeout(done, 100))
  }
}

/** A living city: zhian demo with a seed, ready for visitors. */
export async function startCity({ seed = 7, speed = 1, binary = join(root, 'bin/zhian'), args = [] } = {}) {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const log = []
  const child = startChild(binary, ['demo', '--seed', String(seed), '--speed', String(speed), '--listen', `127.0.0.1:${port}`, ...args])
  for (const s of [child.stdout, child.stderr]) s.on('data', (d) => log.push(String(d)))
  const ended = new Promise((done) => child.once('exit', done))
  const stop = async () => {
    child.kill('SIGINT')
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(force)
  }
  try {
    await until('the city', async () => (child.exitCode === null ? (await (await fetch(base + '/v1/demo/roles')).json()).items.length > 5 : Promise.reject(new Error('ended'))))
  } catch (e) {
    await stop()
    throw new Error(`${e.message}\n${log.join('')}`)
  }
  return { base, stop, log, pid: child.pid }
}

/**
 * A real centre in a folder of its own, with one dispatcher: { base, login, stop, start }; what is stopped can be
 * started again. hire brings somebody more in; ask and enter do what its programs do; system is its administrator.
 */
export async function startCentre(folder, { binary = join(root, 'bin/zhian'), env = {} } = {}) {
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const log = []
  let child
  async function start() {
    child = startChild(binary, ['serve', '--data', folder, '--listen', `127.0.0.1:${port}`], env)
    for (const s of [child.stdout, child.stderr]) s.on('data', (d) => log.push(String(d)))
    const mine = child
    await until('the centre', async () => (mine.exitCode === null ? (await fetch(base + '/v1/about')).ok : Promise.reject(new Error(log.join('')))))
  }
  async function stop() {
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGINT')
    const force = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await ended
    clearTimeout(force)
  }
  const password = 'Dispatch-2026'
  const ask = async (path, body, token) => {
    const answer = await fetch(base + path, { method: body ? 'POST' : 'GET', headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }, body: body && JSON.stringify(body) })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
  }
  const enter = async (login, more) => (await ask('/v1/login', { login, password, ...more })).token
  const found = async (login) => {
    await ask('/v1/setup', { token: log.join('').match(new RegExp(`${login} +http\\S+#(\\S+)`))[1], password })
    return enter(login)
  }
  await start()
  await until('the links', () => /audit +http/.test(log.join('')))
  const [system, security] = [await found('system'), await found('security')]
  const org = (await ask('/v1/orgs', undefined, system)).items[0].id
  async function hire(login, role) {
    const made = await ask('/v1/users', { login, display_name: login, org_id: org }, system)
    await ask('/v1/grants', { user_id: made.id, role, org_id: org, reason: 'on duty' }, security)
    await ask('/v1/setup', { token: made.setup_token, password })
    return { id: made.id, login, password }
  }
  const anna = await hire('anna', 'dispatcher')
  return { base, start, stop, ask, enter, hire, system, org, anna, login: { login: anna.login, password, cookie: true } }
}

const kinds = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.json': 'application/json' }

/** Serves a folder under the very policy of the program, so that the gallery is held to it too. */
export async function serveFolder(dir, policy) {
  const server = createServer((req, res) => {
    const path = normalize(new URL(req.url, 'http://x').pathname)
    const file = join(dir, path.endsWith('/') ? path + 'index.html' : path)
    if (!file.startsWith(dir) || !existsSync(file) || !statSync(file).isFile()) return void res.writeHead(404).end()
    res.writeHead(200, { 'Content-Type': kinds[extname(file)] ?? 'application/octet-stream', 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' })
    createReadStream(file).pipe(res)
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  return { base: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections() }) }
}

export async function policyOf(base) {
  return (await fetch(base + '/')).headers.get('content-security-policy')
}
