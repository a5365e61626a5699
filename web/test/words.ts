import { i18n } from '@/app/i18n'
import type { Translate } from '@/components/clocks'

/** The catalogue in one language. */
export function words(locale: 'zh' | 'en'): Translate {
  return (key, params = {}) => i18n.global.t(key, params, { locale })
}
