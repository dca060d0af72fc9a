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
  const child = spawn(binary, ['demo', '--seed', String(seed), '--speed', String(speed), '--listen', `127.0.0.1:${port}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
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
