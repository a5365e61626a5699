import { createI18n } from 'vue-i18n'
import { zh } from '@/i18n/zh'
import { en } from '@/i18n/en'

export type Locale = 'zh' | 'en'
const KEPT_AT = 'shanzhi.language'

function kept(): Locale {
  try {
    return localStorage.getItem(KEPT_AT) === 'en' ? 'en' : 'zh'
  } catch {
    return 'zh' // storage may be barred; Chinese is the first language here
  }
}

export const i18n = createI18n({
  legacy: false,
  locale: kept(),
  fallbackLocale: 'zh',
  messages: { zh, en },
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
})

export function setLocale(locale: Locale): void {
  i18n.global.locale.value = locale
  document.documentElement.lang = locale === 'en' ? 'en' : 'zh-CN'
  try {
    localStorage.setItem(KEPT_AT, locale)
  } catch {
    // barred storage: the choice holds for this page
  }
}

setLocale(i18n.global.locale.value)
