import { createRouter, createWebHistory, type RouteLocationNormalized } from 'vue-router'
import { pages, routesOf } from './pages'
import { useSession } from './session'

/** The page that is theirs, else the first that somebody may see: where they begin. */
function homeOf(can: (permission: string) => boolean): string {
  return (pages.find((p) => p.home?.(can)) ?? pages.find((p) => p.area === 'work' && (!p.permission || can(p.permission))))?.path ?? '/me'
}

export function makeRouter() {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', name: 'home', component: () => import('./pages/Nowhere.vue') },
      ...routesOf(pages),
    ],
    scrollBehavior: (to, from) => (to.meta.page?.load === from.meta.page?.load ? false : { top: 0 }), // another address of the same page stays where it is
  })
  router.beforeEach(admit)
  // A page of an older bundle asks for files that are gone after an upgrade.
  router.onError((_, to) => {
    if (!sessionStorage.getItem('zhian.reloaded')) {
      sessionStorage.setItem('zhian.reloaded', '1')
      location.assign(to.fullPath)
    }
  })
  router.afterEach(() => sessionStorage.removeItem('zhian.reloaded'))
  return router
}

async function admit(to: RouteLocationNormalized) {
  const session = useSession()
  if (to.meta.page?.open) return true
  if (session.state === 'unknown') {
    void to.meta.page?.load().catch(() => undefined) // its code comes while the server is asked who this is
    await session.resume()
  }
  if (session.state === 'out') return { name: 'login', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
  if (to.name === 'home') return homeOf(session.can)
  return true
}
