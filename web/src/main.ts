import { startPages } from './shell/start'
import App from './shell/App.vue'
import { makeRouter } from './shell/router'

startPages(App, makeRouter(), {
  zh: import.meta.glob(['./**/locale/zh-CN.json', '!./gallery/**', '!./public/**', '!./handset/**'], { eager: true, import: 'default' }),
  en: () => import('./english'),
})
