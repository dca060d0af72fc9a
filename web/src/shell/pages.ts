import { UserCog } from '@lucide/vue'
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'
import { pages as screens } from '../screen/pages'

/** A page that a room has. Adding one is a line in src/module/<room>/pages.ts. */
export interface Page {
  path: string
  name: string // of the route; its title is the text page.<name> of the room
  room: string
  permission?: string // asked of the server's list; a page without one is everybody's who is logged in
  area?: 'work' | 'data' | 'admin' | 'mine' // where the navigation has it; none: it is not there
  covers?: string // the address under which all belongs to it, where that is not its own
  icon?: Component
  go?: string // the key after G that opens it
  frame?: 'bare' | 'wide' | 'usual' // bare: nothing around it; wide: no side navigation
  open?: boolean // needs no session
  elsewhere?: boolean // belongs to another entry: it is opened in a window of its own
  home?: (can: (permission: string) => boolean) => boolean // who begins here, though other pages are open to them
  load: () => Promise<{ default: Component }>
}

const files = import.meta.glob<{ pages: Page[] }>('../module/*/pages.ts', { eager: true })

const own: Page[] = [
  { path: '/login', name: 'login', room: 'shell', frame: 'bare', open: true, load: () => import('./pages/LogIn.vue') },
  { path: '/setup', name: 'setup', room: 'shell', frame: 'bare', open: true, load: () => import('./pages/SetUp.vue') },
  { path: '/me', name: 'me', room: 'shell', area: 'mine', icon: UserCog, load: () => import('./pages/Me.vue') },
  { path: '/:missing(.*)*', name: 'missing', room: 'shell', load: () => import('./pages/Nowhere.vue') },
]

/** Every page of the rooms in the order of the files' names, then the shell's own. */
export const pages: Page[] = [...Object.values(files).flatMap((f) => f.pages), ...own]

/** Pages of other entries that are reached from a desk. */
export const elsewhere: Page[] = screens
export const openElsewhere = (p: Page) => void window.open(p.path, p.name)

/** The page in a navigation that an address belongs to: what is opened from a page belongs to it. */
export function pageOver<T extends Pick<Page, 'path' | 'covers'>>(list: T[], path: string): T | undefined {
  const over = (p: T) => p.covers ?? p.path
  return list.filter((p) => path === over(p) || path.startsWith(over(p) + '/')).sort((a, b) => over(b).length - over(a).length)[0]
}

export const titleOf = (p: Pick<Page, 'room' | 'name'>) => `${p.room}.page.${p.name}`

export function routesOf(list: Page[]): RouteRecordRaw[] {
  return list.map((p) => ({ path: p.path, name: p.name, component: p.load, meta: { page: p } }))
}

declare module 'vue-router' {
  interface RouteMeta {
    page?: Page
  }
}
