// Anybody checks an exported file at /p/verify: no log-in, nothing is sent.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { axe, told } from './axe.mjs'
import { root } from './house.mjs'

const vectors = JSON.parse(readFileSync(join(root, 'platform/ledger/testdata/vectors.json'), 'utf8'))
const file = (text, name = 'audit.zhian-proof') => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

export const tests = {
  'a stranger checks a file in the browser alone, under either algorithm': async (t) => {
    const window = await t.window()
    const page = await window.open(t.base + '/p/verify')
    await page.getByRole('heading', { name: '存证文件核验' }).waitFor()
    const sent = []
    page.on('request', (r) => { if (!new URL(r.url()).pathname.startsWith('/assets/')) sent.push(`${r.method()} ${r.url()}`) })
    for (const v of vectors) {
      await page.getByLabel('选择或拖入导出的存证文件').setInputFiles(file(v.selected))
      await page.getByRole('textbox', { name: '公钥' }).fill(v.key)
      await page.getByRole('button', { name: '核验' }).click()
      await page.getByText(/核验通过：/).waitFor()
      await page.getByText('共 11 条记录，11 条在已签署的存证之中').waitFor()
      for (const x of await axe(page)) t.wrong(told([x]))
      const changed = Buffer.from(v.selected)
      changed[changed.length - 40] ^= 1
      await page.getByLabel('选择或拖入导出的存证文件').setInputFiles({ ...file(''), buffer: changed })
      await page.getByRole('button', { name: '核验' }).click()
      await page.getByText('核验不通过').waitFor()
      assert.equal(await page.getByText(/核验通过：/).count(), 0)
    }
    assert.deepEqual(sent, [], 'nothing is sent')
  },
  'a stranger without a key is told what that means, and a wrong key is refused in words': async (t) => {
    const window = await t.window({ language: 'en' })
    const page = await window.open(t.base + '/p/verify')
    await page.getByLabel('Choose the exported file, or drop it here').setInputFiles(file(vectors[0].whole))
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText(/a forger could have signed so/).waitFor()
    await page.getByRole('textbox', { name: 'Public key' }).fill(vectors[0].key.replace('A', 'B'))
    await page.getByRole('button', { name: 'Check' }).click()
    await page.getByText(/This is no public key/).waitFor()
    await page.getByRole('button', { name: 'Chinese' }).click()
    await page.getByRole('heading', { name: '存证文件核验' }).waitFor()
    for (const x of await axe(page)) t.wrong(told([x]))
  },
}
