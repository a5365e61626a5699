import { beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick } from 'vue'
import { Problem, Unreachable, type Evidence } from '@/api'
import { isPicture, unfit } from '@/casework/case/upload'
import { fitted, shrunk } from '@/casework/case/shrink'
import { useDraft } from '@/casework/case/useDraft'
import { likelyKind, sizeWords, useUploads, type Send } from '@/casework/case/useUploads'
import { forgetWritten, giveBack, takeSent, unsaved, useWritten } from '@/casework/case/written'

const server = vi.fn<(request: Request) => Promise<Response>>()
vi.stubGlobal('fetch', server)
const json = (body: unknown, status = 200) => Promise.resolve(new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } }))
const nothing = (): void => undefined

beforeEach(() => {
  server.mockReset()
  forgetWritten()
  sessionStorage.clear()
  vi.useFakeTimers()
})

describe('what is written', () => {
  it('is kept by case, whatever one looks at meanwhile', () => {
    useWritten('c-1').progress.text = '已清运'
    expect(useWritten('c-2').progress.text).toBe('')
    expect(useWritten('c-1').progress.text).toBe('已清运')
    expect(unsaved(useWritten('c-1'))).toBe(true)
  })
  it('comes back where the act was taken back, unless something newer stands there', () => {
    const written = useWritten('c-1')
    Object.assign(written.reply, { outcome: 'dated_plan', text: '6 月 10 日前修好', promised: '2025-06-10' })
    takeSent(written, 'reply')
    expect(written.reply).toMatchObject({ text: '', promised: '', outcome: undefined })
    giveBack(written)
    expect(written.reply).toMatchObject({ outcome: 'dated_plan', text: '6 月 10 日前修好', promised: '2025-06-10' })

    written.contact.summary = '已通话'
    takeSent(written, 'contact')
    written.contact.summary = '又打了一次'
    giveBack(written)
    expect(written.contact.summary).toBe('又打了一次')
  })
  it('keeps outcome and date of a reply over a reload, never its text', async () => {
    Object.assign(useWritten('c-1').reply, { outcome: 'fixed', text: '王先生，已修好' })
    await nextTick()
    forgetWritten() // as a reload does
    const again = useWritten('c-1').reply
    expect(again.outcome).toBe('fixed')
    expect(again.text).toBe('')
    expect(JSON.stringify({ ...sessionStorage })).not.toContain('王先生')
  })
})

describe('the draft of a reply', () => {
  const draft = () => effectScope().run(() => useDraft('c-1', useWritten('c-1')))!
  const reply = () => useWritten('c-1').reply
  const sent = async () => JSON.parse(await server.mock.lastCall![0].clone().text()) as { body: string }
  const down = () => Promise.reject(new TypeError('network'))

  it('is read once, then saved by itself a moment after the last key', async () => {
    server.mockImplementation((request) => json(request.method === 'GET' ? { body: '您好', saved_at: '2025-05-30T11:06:00+08:00' } : { body: '', saved_at: null }))
    const { savedAt } = draft()
    await vi.advanceTimersByTimeAsync(0)
    expect(reply().text).toBe('您好')
    expect(savedAt.value).toBe(Date.parse('2025-05-30T11:06:00+08:00'))
    reply().text = '您好，'
    await vi.advanceTimersByTimeAsync(1_000)
    reply().text = '您好，已修好'
    await vi.advanceTimersByTimeAsync(1_000)
    expect(server).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(server).toHaveBeenCalledTimes(2)
    expect(await sent()).toEqual({ body: '您好，已修好' })
  })
  it('never writes over a draft it could not read', async () => {
    server.mockImplementation(down)
    draft()
    await vi.advanceTimersByTimeAsync(0)
    reply().text = '新写的'
    await vi.advanceTimersByTimeAsync(5_000)
    expect(server.mock.calls.every(([request]) => request.method === 'GET')).toBe(true)
    server.mockImplementation((request) => json(request.method === 'GET' ? { body: '以前写的', saved_at: null } : {}))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(reply().text).toBe('以前写的\n新写的')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await sent()).toEqual({ body: '以前写的\n新写的' })
  })
  it('does not come twice when one comes back to the case', async () => {
    server.mockImplementation((request) => json(request.method === 'GET' ? { body: '您好', saved_at: null } : {}))
    const first = effectScope()
    first.run(() => useDraft('c-1', useWritten('c-1')))
    await vi.advanceTimersByTimeAsync(0)
    reply().text = '您好，已修好'
    first.stop()
    draft()
    await vi.advanceTimersByTimeAsync(0)
    expect(reply().text).toBe('您好，已修好')
  })
  it('stands instead of a beginning that was only filled in', async () => {
    server.mockImplementation(() => json({ body: '您好，我写过的', saved_at: null }))
    Object.assign(reply(), { text: '您好，【待填】', opening: '您好，【待填】' })
    draft()
    await vi.advanceTimersByTimeAsync(0)
    expect(reply().text).toBe('您好，我写过的')
  })
  it('says when it is not saved, and tries until it is', async () => {
    let up = false
    server.mockImplementation((request) => (request.method === 'GET' ? json({ body: '', saved_at: null }) : up ? json({}) : down()))
    const { failed } = draft()
    await vi.advanceTimersByTimeAsync(0)
    reply().text = '写了'
    await vi.advanceTimersByTimeAsync(2_000)
    expect(failed.value).toBe(true)
    up = true
    await vi.advanceTimersByTimeAsync(9_000)
    expect(failed.value).toBe(false)
  })
  it('leaves with the page: what was typed last is sent on', async () => {
    server.mockImplementation(() => json({ body: '', saved_at: null }))
    draft()
    await vi.advanceTimersByTimeAsync(0)
    reply().text = '刚写的'
    await nextTick()
    window.dispatchEvent(new Event('pagehide'))
    await vi.advanceTimersByTimeAsync(0)
    expect(server.mock.lastCall![0].keepalive).toBe(true)
    expect(await sent()).toEqual({ body: '刚写的' })
  })
})

describe('files on their way up', () => {
  const photo = (name = '办后.jpg', size = 10) => ({ name, size, type: 'image/jpeg' }) as File
  function stand(shrink = async (file: File) => file) {
    const going: { resolve(file: Evidence): void; reject(error: unknown): void; progress(share: number): void; kind: string; stopped: boolean }[] = []
    const send: Send = (_case, kind, _file, progress) => {
      const one = { resolve: nothing, reject: nothing, progress, kind, stopped: false }
      const done = new Promise<Evidence>((resolve, reject) => Object.assign(one, { resolve, reject }))
      going.push(one)
      return { done, stop: () => void (one.stopped = true) }
    }
    const added: string[] = []
    const use = effectScope().run(() => useUploads('c-1', (file) => added.push(file.id), send, shrink))!
    return { going, added, ...use }
  }
  const settle = () => vi.advanceTimersByTimeAsync(0)

  it('go two at a time, each saying how far it is', async () => {
    const { add, going, uploads, added } = stand()
    add([photo('1.jpg'), photo('2.jpg'), photo('3.jpg')], 'after')
    expect(uploads.map((one) => one.state)).toEqual(['sending', 'sending', 'waiting'])
    await settle()
    expect(going).toHaveLength(2)
    going[0]!.progress(0.5)
    expect(uploads[0]!.share).toBe(0.5)
    going[0]!.resolve({ id: 'f-1' } as Evidence)
    await settle()
    expect(added).toEqual(['f-1'])
    expect(uploads.map((one) => one.state)).toEqual(['sending', 'sending'])
  })
  it('a refusal keeps its words; silence can be tried again', async () => {
    const { add, again, going, uploads } = stand()
    add([photo('1.jpg'), photo('2.jpg')], 'after')
    await settle()
    going[0]!.reject(new Problem({ title: '照片打不开', code: 'invalid_input', status: 422 }))
    going[1]!.reject(new Unreachable('network'))
    await settle()
    expect(uploads.map((one) => [one.state, one.problem?.body.title])).toEqual([['failed', '照片打不开'], ['failed', undefined]])
    again(uploads[1]!.key)
    await settle()
    expect(going).toHaveLength(3)
    expect(uploads[1]!.state).toBe('sending')
  })
  it('what the server would refuse is not sent at all', async () => {
    const { add, going, uploads } = stand()
    add([photo('x.exe', 0), { name: 'a.exe', size: 4, type: '' } as File, photo('big.jpg', 30 * 1024 * 1024), { name: 'big.pdf', size: 30 * 1024 * 1024, type: 'application/pdf' } as File], 'after')
    await settle()
    expect(going).toHaveLength(0)
    expect(uploads.map((one) => one.unfit)).toEqual(['empty', 'wrong_kind', 'too_large', 'too_large'])
  })
  it('a photo too large as it is goes when it has been made smaller', async () => {
    const { add, going, uploads } = stand(async (file) => photo(file.name, 400_000))
    add([photo('big.jpg', 30 * 1024 * 1024)], 'after')
    await settle()
    expect(going).toHaveLength(1)
    expect(uploads[0]!.unfit).toBeUndefined()
  })
  it('one that is stopped while it is made smaller is not sent', async () => {
    const { add, stop, going, uploads } = stand()
    add([photo('1.jpg')], 'after')
    stop(uploads[0]!.key)
    await settle()
    expect(going).toHaveLength(0)
  })
  it('a photo is drawn at most 2,560 pixels long; what fits, and what cannot be read, goes as it is', async () => {
    expect(fitted(4000, 3000)).toEqual({ width: 2560, height: 1920 })
    expect(fitted(3000, 4000)).toEqual({ width: 1920, height: 2560 })
    expect(fitted(2560, 1440)).toBeUndefined()
    const odd = photo('odd.jpg')
    expect(await shrunk(odd)).toBe(odd)
  })
  it('papers are papers, whatever was chosen for the pictures', () => {
    const { add, going } = stand()
    add([{ name: '说明.pdf', size: 4, type: 'application/pdf' } as File], 'after')
    expect(going[0]!.kind).toBe('document')
  })
  it('one that is stopped goes, and the next one starts', async () => {
    const { add, stop, going, uploads } = stand()
    add([photo('1.jpg'), photo('2.jpg'), photo('3.jpg')], 'before')
    await settle()
    stop(uploads[0]!.key)
    expect(going[0]!.stopped).toBe(true)
    going[0]!.reject(new Unreachable('stopped'))
    await settle()
    expect(uploads).toHaveLength(2)
    expect(going).toHaveLength(3)
  })
  it('knows what it can take', () => {
    expect(unfit({ name: 'a.JPG', size: 1, type: '' })).toBeUndefined()
    expect(unfit({ name: '拍的', size: 1, type: 'image/png' })).toBeUndefined()
    expect(unfit({ name: 'a.svg', size: 1, type: 'image/svg+xml' })).toBe('wrong_kind')
    expect(isPicture({ name: 'a.webp', type: '' })).toBe(true)
    expect(sizeWords(3 * 1024 * 1024)).toBe('3.0 MB')
    expect(sizeWords(100)).toBe('1 KB')
  })
  it('guesses what a picture shows', () => {
    const of = (state: string, asks: 'before' | 'after' | 'document' | null, ...kinds: ('before' | 'after')[]) => likelyKind({ state, asks_evidence: asks, evidence: kinds.map((kind) => ({ kind })) })
    expect(of('awaiting_contact', null)).toBe('before')
    expect(of('awaiting_contact', null, 'before')).toBe('after')
    expect(of('handling', null)).toBe('after')
    expect(of('handling', 'before')).toBe('before')
    expect(of('handling', 'before', 'before')).toBe('after')
    expect(of('awaiting_contact', 'after')).toBe('after')
  })
})
