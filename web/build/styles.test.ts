import { expect, it } from 'vitest'
import { stylesFirst } from './styles'

it('asks for what a page is painted with before what it runs', () => {
  const html = '<head>\n<script src="/boot.js"></script>\n  <script type="module" src="/a.js"></script>\n  <link rel="modulepreload" href="/b.js">\n  <link rel="stylesheet" href="/a.css">\n  <link rel="stylesheet" href="/b.css">\n</head>'
  expect(stylesFirst(html)).toBe('<head>\n<script src="/boot.js"></script>\n  <link rel="stylesheet" href="/a.css">\n  <link rel="stylesheet" href="/b.css">\n  <script type="module" src="/a.js"></script>\n  <link rel="modulepreload" href="/b.js">\n</head>')
  expect(stylesFirst('<head></head>')).toBe('<head></head>')
})
