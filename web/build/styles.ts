import type { Plugin } from 'vite'

const style = /[ \t]*<link rel="stylesheet"[^>]*>\n?/g

/** Puts the style sheets of a page before its modules: nothing is painted without the one, and something can be without the other. */
export function stylesFirst(html: string): string {
  const sheets = html.match(style) ?? []
  const at = html.search(/[ \t]*<script type="module"/)
  if (at < 0 || sheets.length === 0) return html
  return html.slice(0, at).replace(style, '') + sheets.join('') + html.slice(at).replace(style, '')
}

export const styles = (): Plugin => ({ name: 'zhian-styles', apply: 'build', transformIndexHtml: { order: 'post', handler: stylesFirst } })
