import { describe, expect, it } from 'vitest'
import { caseQuery, filtersFromQuery, narrowing, noFilters, queryFromFilters, type Filters } from '@/casework/filters'

const FRIDAY = Date.parse('2025-05-30T11:20:00+08:00')

const chosen: Filters = {
  ...noFilters(),
  queue: 'to_dispatch',
  period: 'week',
  area: ['a-1', 'a-2'],
  urgency: ['danger', 'urgent'],
  channel: ['hotline'],
  clock: 'overdue',
  q: '消防通道',
  sort: 'newest',
}

describe('filters in the address', () => {
  it('come back as they were written', () => {
    expect(filtersFromQuery(queryFromFilters(chosen) as never)).toEqual(chosen)
  })
  it('ask for what was loaded as history only where that is chosen', () => {
    const history = filtersFromQuery({ historic: '1' })
    expect(caseQuery(history, FRIDAY).historic).toBe(true)
    expect(narrowing(history)).toBe(1)
    expect(queryFromFilters(history)).toEqual({ historic: '1' })
    expect(caseQuery(noFilters(), FRIDAY).historic).toBeUndefined()
  })
  it('leave an address bare where nothing is chosen', () => expect(queryFromFilters(noFilters())).toEqual({}))
  it('are the same address whatever the order of choosing', () => {
    const other: Filters = { ...chosen, urgency: ['urgent', 'danger'] }
    expect(queryFromFilters(filtersFromQuery(queryFromFilters(other) as never))).toEqual(queryFromFilters(chosen))
  })
  it('drop what they do not know, so an old link still opens', () => {
    const filters = filtersFromQuery({ queue: 'to_merge', urgency: ['danger', 'soon'], sort: 'magic', from: '30 May', clock: '' })
    expect(filters).toEqual({ ...noFilters(), urgency: ['danger'] })
  })
  it('count what narrows, not queue and order', () => {
    expect(narrowing({ ...noFilters(), queue: 'handling', sort: 'oldest' })).toBe(0)
    expect(narrowing(chosen)).toBe(6)
  })
})

describe('the question to the server', () => {
  it('begins a relative period at the street’s own midnight', () => {
    expect(caseQuery({ ...noFilters(), period: 'today' }, FRIDAY).since).toBe('2025-05-30T00:00:00+08:00')
    expect(caseQuery({ ...noFilters(), period: 'week' }, FRIDAY).since).toBe('2025-05-24T00:00:00+08:00')
  })
  it('takes today by Shanghai, not by the browser: 23:30 UTC is the next day there', () => {
    const lateInUtc = Date.parse('2025-05-29T23:30:00Z')
    expect(caseQuery({ ...noFilters(), period: 'today' }, lateInUtc).since).toBe('2025-05-30T00:00:00+08:00')
  })
  it('counts the last day in', () => {
    const query = caseQuery({ ...noFilters(), from: '2025-05-01', to: '2025-05-31' }, FRIDAY)
    expect(query.since).toBe('2025-05-01T00:00:00+08:00')
    expect(query.until).toBe('2025-06-01T00:00:00+08:00')
  })
  it('hands on exact moments as a figure’s link gives them', () => {
    const link = { since: '2025-05-30T00:00:00+08:00', until: '2025-05-31T00:00:00+08:00', closed_since: '2025-05-01T00:00:00+08:00' }
    const filters = filtersFromQuery({ queue: 'in_hand', clock: 'attention', ...link, closed_until: 'soon' })
    expect(caseQuery(filters, FRIDAY)).toEqual({ sort: 'due', queue: 'in_hand', clock: 'attention', ...link })
    expect(narrowing(filters)).toBe(3)
  })
  it('asks nothing that was not chosen', () => expect(caseQuery(noFilters(), FRIDAY)).toEqual({ sort: 'due' }))
})
