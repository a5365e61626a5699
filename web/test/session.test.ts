import { beforeEach, describe, expect, it, vi } from 'vitest'
import { api, type PostHeld } from '@/api'
import { can, forget, loadMe, session, switchPost } from '@/app/session'
import { colleagues } from '@/organisation/usePeople'

const server = vi.fn<(request: Request) => Promise<Response>>()
vi.stubGlobal('fetch', server)
const refused = (code: string) => Response.json({ title: '到期', title_en: 'run out', code, status: 403 }, { status: 403 })
const me = (postId: string | null) =>
  Response.json({ person: { id: 'p-1' }, clock: { now: '2025-05-30T11:20:00+08:00', rate: 1 }, posts: [{ id: 'post-2', title: '值班' }], post_id: postId, can: postId ? ['see_cases'] : [] })

beforeEach(() => {
  server.mockReset()
  forget()
})

describe('who is signed in', () => {
  it('without a post that holds is barred, and told why', async () => {
    server.mockResolvedValue(refused('no_post_holds'))
    expect(await loadMe()).toBeUndefined()
    expect(session.barred.value?.code).toBe('no_post_holds')
    server.mockResolvedValue(me('post-2'))
    expect(await loadMe()).toBeDefined()
    expect(session.barred.value).toBeUndefined()
  })

  it('and not known to the server is not barred but signs in', async () => {
    server.mockResolvedValue(Response.json({ title: '请登录', code: 'not_signed_in', status: 401 }, { status: 401 }))
    expect(await loadMe()).toBeUndefined()
    expect(session.barred.value).toBeUndefined()
  })

  it('whose post ran out goes on as another one', async () => {
    server.mockResolvedValue(me('post-1'))
    await loadMe()
    server.mockResolvedValue(refused('post_run_out'))
    await api.POST('/api/v1/cases/{case_id}/open', { params: { path: { case_id: 'c-1' } } })
    expect(session.runOut.value).toBe(true)
    server.mockImplementation(() => Promise.resolve(me('post-2')))
    await switchPost('post-2')
    expect(session.runOut.value).toBe(false)
    expect(session.me.value?.post_id).toBe('post-2')
    expect(can('see_cases')).toBe(true)
  })
})

it('colleagues are listed once, with all their posts', () => {
  const held = (id: string, title: string): PostHeld => ({ id: title, title, unit_id: null, person: { id, name: `${id}**` } })
  expect(colleagues([held('王', '值班员'), held('李', '承办人'), held('王', '书记')])).toEqual([
    { id: '王', name: '王**', titles: ['值班员', '书记'] },
    { id: '李', name: '李**', titles: ['承办人'] },
  ])
})
