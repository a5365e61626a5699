import { nextTick } from 'vue'
import { createRouter, createWebHistory, START_LOCATION, type RouteLocationNormalized } from 'vue-router'
import { Unreachable } from '@/api'
import { i18n } from './i18n'
import { loadMe, session } from './session'
import { startLive } from './live'
import { whenSessionEnds } from './ended'
import { whenRefused } from './query'
import { reachable } from './reachable'

/**
 * Shells are loaded when first entered. A page of the desk is a child of the desk's shell; the wall, the
 * field and the portal get theirs beside it.
 */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', redirect: '/desk' },
    {
      path: '/login',
      name: 'login',
      component: () => import('@/organisation/LoginPage.vue'),
      meta: { title: 'login.title', open: true },
    },
    {
      path: '/desk',
      component: () => import('@/shell/DeskShell.vue'),
      redirect: '/desk/inbox',
      children: [
        {
          path: 'inbox',
          name: 'inbox',
          component: () => import('@/casework/inbox/InboxPage.vue'),
          meta: { title: 'inbox.title' },
        },
        {
          path: 'cases',
          name: 'cases',
          component: () => import('@/casework/cases/CasesPage.vue'),
          meta: { title: 'cases.title' },
        },
        {
          path: 'rates',
          name: 'rates',
          component: () => import('@/casework/rates/RatesPage.vue'),
          meta: { title: 'rates.title' },
        },
        {
          path: 'phone',
          name: 'phone',
          component: () => import('@/casework/phone/PhonePage.vue'),
          meta: { title: 'phone.title' },
        },
        {
          path: 'import',
          name: 'import',
          component: () => import('@/casework/imports/ImportPage.vue'),
          meta: { title: 'import.title' },
        },
        {
          path: 'cases/:id',
          name: 'case',
          component: () => import('@/casework/case/CasePage.vue'),
          meta: { title: 'cases.title' },
        },
        {
          path: ':rest(.*)*',
          name: 'nowhere',
          component: () => import('@/shell/NowherePage.vue'),
          meta: { title: 'nowhere.title' },
        },
      ],
    },
    {
      path: '/wall',
      name: 'wall',
      component: () => import('@/cockpit/OperationsScene.vue'),
      meta: { title: 'wall.title' },
    },
    { path: '/:rest(.*)*', redirect: '/desk/nowhere' },
  ],
})

whenRefused(() => whenSessionEnds(router))

/** Everything but the sign-in page needs a person; the page asked for is opened after signing in. */
router.beforeEach(async (to) => {
  try {
    const me = await loadMe()
    reachable.value = true
    // who is signed in without a post is told so by the application, whichever page he asked for
    const known = me !== undefined || session.barred.value !== undefined
    if (!known && !to.meta.open) return signInFirst(to)
    if (known && to.name === 'login') return afterSignIn(to)
    if (me) startLive(() => whenSessionEnds(router))
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    reachable.value = false // the application says so and tries again; the address stays
  }
  return true
})

router.afterEach((to) => {
  const { t } = i18n.global
  document.title = to.meta.title ? `${t(to.meta.title as string)} · ${t('product')}` : t('product')
})

/** The page that had the keyboard is gone: it stands at the beginning of the new one, not nowhere. */
router.afterEach(async (to, from) => {
  if (from === START_LOCATION || to.name === from.name) return
  await nextTick()
  if (document.activeElement === document.body) document.getElementById('page')?.focus({ preventScroll: true })
})

function signInFirst(to: RouteLocationNormalized) {
  return { name: 'login', query: to.fullPath === '/desk/inbox' ? {} : { next: to.fullPath } }
}

/** Only addresses of this application, never one that leaves the house. */
export function afterSignIn(to: RouteLocationNormalized): string {
  const next = to.query.next
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/desk'
}
