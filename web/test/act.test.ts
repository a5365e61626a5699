import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import type { CaseDetail } from '@/api'
import { notice } from '@/app/notice'
import { queryClient } from '@/app/query'
import { undo } from '@/app/undo'
import { hiddenByAct, overtakenBy, useAct, type ActAddress } from '@/casework/useAct'
import { caseKeys } from '@/casework/useCases'

const before = { id: 'c-1', version: 3, state: 'awaiting_dispatch', undo: null } as unknown as CaseDetail
const after = {
  ...before,
  version: 4,
  state: 'awaiting_signature',
  undo: { entry: 'e-9', verb: 'order.dispatch_withdrawn', until: '2999-01-01T00:00:00+08:00' },
} as CaseDetail

const ok = (data: unknown) => Promise.resolve({ data: data as CaseDetail, response: new Response(null, { status: 200 }) })
const refused = (status: number, code: string) =>
  Promise.resolve({ error: { title: '不行', code, status }, response: new Response(null, { status }) })

type Send = (at: ActAddress) => Promise<{ data?: CaseDetail; error?: unknown; response: Response }>

function dispatch(send: Send, onDone?: () => void) {
  return effectScope().run(() => useAct<{ unit_id: string }>(before, { send, done: () => '已派给平安建设办公室', onDone }))!
}

const server = vi.fn<(request: Request) => Promise<Response>>()
vi.stubGlobal('fetch', server)

beforeEach(() => {
  server.mockReset()
  queryClient.clear()
  undo.withdraw()
})

describe('an act', () => {
  it('is sent with the version that was seen and a key of its own', async () => {
    const send = vi.fn(() => ok(after))
    await dispatch(send).run({ unit_id: 'u-1' })
    const { header, path } = (send.mock.calls[0] as unknown as [ActAddress])[0].params
    expect(path.case_id).toBe('c-1')
    expect(header['If-Match']).toBe('3')
    expect(header['Idempotency-Key']).toMatch(/^[0-9a-f]{32}$/)
  })

  it('tells its page before the case shows as it is now', async () => {
    const order: string[] = []
    queryClient.getQueryCache().subscribe(() => order.push('shown'))
    await dispatch(() => ok(after), () => order.push('done')).run({ unit_id: 'u-1' })
    expect(order[0]).toBe('done')
    expect(queryClient.getQueryData(caseKeys.one('c-1'))).toEqual(after)
  })

  it('pressed again after silence carries the same key: done once', async () => {
    const keys: string[] = []
    const act = dispatch((at) => {
      keys.push(at.params.header['Idempotency-Key'])
      return keys.length === 1 ? Promise.reject(new TypeError('network')) : ok(after)
    })
    expect(await act.run({ unit_id: 'u-1' })).toBe(false)
    expect(act.unreachable.value).toBe(true)
    expect(await act.run({ unit_id: 'u-1' })).toBe(true)
    expect(keys[1]).toBe(keys[0])
    expect(act.unreachable.value).toBe(false)
  })

  it('refused by the rules says so and offers no undo', async () => {
    const act = dispatch(() => refused(409, 'not_in_this_state'))
    expect(await act.run({ unit_id: 'u-1' })).toBe(false)
    expect(act.refusal.value?.code).toBe('not_in_this_state')
    expect(undo.offered.value).toBeUndefined()
  })

  it('that came too late says what was done since', async () => {
    queryClient.setQueryData(caseKeys.timeline('c-1'), { items: [{ id: 'e-1', verb: 'order.received' }], names: {} })
    server.mockResolvedValue(
      Response.json({
        items: [
          { id: 'e-3', verb: 'order.opened' },
          { id: 'e-2', verb: 'order.supplemented' },
          { id: 'e-1', verb: 'order.received' },
        ],
        names: {},
      }),
    )
    const act = dispatch(() => refused(409, 'stale'))
    expect(await act.run({ unit_id: 'u-1' })).toBe(false)
    // who only looked has changed nothing
    expect(overtakenBy('c-1')?.map((entry) => entry.id)).toEqual(['e-2'])
  })
})

describe('an act that hides the case from who did it', () => {
  const hides = () => Promise.resolve({ response: new Response(null, { status: 204 }) })

  it('is done: says so, leaves its page, drops the case and reads the lists again', async () => {
    queryClient.setQueryData(caseKeys.one('c-1'), before)
    queryClient.setQueryData(caseKeys.timeline('c-1'), { items: [], names: {} })
    const read = vi.spyOn(queryClient, 'invalidateQueries')
    const done = vi.fn()
    const act = dispatch(hides, done)
    expect(await act.run({ unit_id: 'u-1' })).toBe(true)
    expect(done).toHaveBeenCalledOnce()
    expect(notice.words.value).toContain('看不到')
    expect(hiddenByAct.value).toEqual({ caseId: 'c-1' })
    expect(queryClient.getQueryData(caseKeys.one('c-1'))).toBeUndefined()
    expect(queryClient.getQueryData(caseKeys.timeline('c-1'))).toBeUndefined()
    expect(read).toHaveBeenCalled()
    expect(act.refusal.value).toBeUndefined()
  })

  it('offers no undo, not even of what was done before it', async () => {
    await dispatch(() => ok(after)).run({ unit_id: 'u-1' })
    await dispatch(hides).run({ unit_id: 'u-1' })
    expect(undo.offered.value).toBeUndefined()
  })
})

describe('undo', () => {
  it('is offered in words and sends the compensating act against the version after', async () => {
    const withdrawn = { ...before, version: 5 }
    server.mockResolvedValue(Response.json(withdrawn))
    await dispatch(() => ok(after)).run({ unit_id: 'u-1' })
    expect(undo.offered.value?.words).toBe('已派给平安建设办公室')

    await undo.offered.value?.takeBack()
    const request = server.mock.calls[0]![0]
    expect(new URL(request.url).pathname).toBe('/api/v1/cases/c-1/undo')
    expect(request.headers.get('If-Match')).toBe('4')
    expect(await request.json()).toEqual({ entry: 'e-9' })
    expect(queryClient.getQueryData(caseKeys.one('c-1'))).toEqual(withdrawn)
    expect(undo.returned.value).toEqual({ caseId: 'c-1' })
  })

  it('refused (something followed) is thrown to the bar that asked', async () => {
    server.mockResolvedValue(Response.json({ title: '之后又有了新的动作', code: 'not_the_last_act', status: 409 }, { status: 409 }))
    await dispatch(() => ok(after)).run({ unit_id: 'u-1' })
    await expect(undo.offered.value?.takeBack()).rejects.toMatchObject({ code: 'not_the_last_act' })
  })

  it('goes when an act that cannot be undone follows', async () => {
    await dispatch(() => ok(after)).run({ unit_id: 'u-1' })
    await dispatch(() => ok({ ...after, undo: null })).run({ unit_id: 'u-1' })
    expect(undo.offered.value).toBeUndefined()
  })
})
