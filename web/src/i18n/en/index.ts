/** The words of the browser, English: every key of the Chinese catalogue, nothing more. */
import type { Same } from '../same'
import type { zh } from '../zh'
import { house } from './house'
import { time } from './time'
import { vocabulary } from './vocabulary'
import { inbox } from './inbox'
import { cases } from './cases'
import { detail } from './detail'
import { journal } from './journal'
import { casePage } from './case'
import { phone } from './phone'
import { imports } from './imports'
import { rates } from './rates'
import { wall } from './wall'
import { login } from './login'

export const en: Same<typeof zh> = {
  ...house,
  ...time,
  ...vocabulary,
  ...inbox,
  ...cases,
  ...detail,
  ...journal,
  ...casePage,
  ...phone,
  ...imports,
  ...rates,
  ...wall,
  ...login,
}
