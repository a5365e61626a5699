/** What a line of the feed says under its title. Pure. */
import type { Translate } from '@/components/clocks'
import type { FeedRow } from './scene'

export function feedWords(row: FeedRow, t: Translate): string {
  return t(`wall.said.${row.verb.replace('.', '_')}`, {
    class: t(`urgency.name.${row.urgency}`),
    unit: row.unit ?? t('wall.no_unit'),
    outcome: row.result.outcome ? t(`outcome.${row.result.outcome}`) : '',
    result: revisit(row, t),
  })
}

function revisit({ result }: FeedRow, t: Translate): string {
  const said = [
    result.resolved ? t(`resolved.${result.resolved}`) : '',
    result.satisfied ? t(`satisfied.${result.satisfied}`) : '',
  ].filter(Boolean)
  return said.length > 0 ? said.join(t('comma')) : t('resolved.unanswered')
}
