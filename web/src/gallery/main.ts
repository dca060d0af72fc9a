import { createRouter, createWebHashHistory } from 'vue-router'
import { startPages } from '@/shell/start'
import { pretend } from '@/shell/time'
import Gallery from './Gallery.vue'
import own from './locale/zh-CN.json'

// No server stands behind the gallery: its clock is this machine's.
pretend({ name: 'zhian', version: 'gallery', demo: true, speed: 1, zone: 'Asia/Shanghai' }, Date.parse('2026-11-25T06:03:20Z'))
startPages(Gallery, createRouter({ history: createWebHashHistory(), routes: [{ path: '/:all(.*)*', component: { template: '' } }] }), {
  zh: { ...import.meta.glob<Record<string, unknown>>(['../**/locale/zh-CN.json', '!./locale/*'], { eager: true, import: 'default' }), 'gallery/locale/zh-CN.json': own },
  en: () => import('./english'),
}, { clock: false })
