import { csrfToken } from './csrf'
import { Unreachable } from './problem'

/** django-allauth's headless interface, the browser kind: session cookie + token. */
const BASE = '/_allauth/browser/v1'

interface AllauthError {
  code: string
  param?: string
  message: string
}
interface AllauthBody {
  status: number
  data?: { flows?: { id: string; is_pending?: boolean }[] }
  errors?: AllauthError[]
}

/**
 * What came of a sign-in.
 *
 * `code`: a second step waits (one-time code). `locked`: too many tries from here or on this account.
 */
export type SignIn =
  | { result: 'in' }
  | { result: 'code' }
  | { result: 'wrong' }
  | { result: 'locked'; minutes?: number }
  | { result: 'inactive' }

async function call(method: string, path: string, body?: unknown): Promise<{ response: Response; body: AllauthBody }> {
  let response: Response
  try {
    response = await fetch(`${BASE}${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        'X-CSRFToken': csrfToken(),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (cause) {
    throw new Unreachable(cause)
  }
  if (response.status >= 500) throw new Unreachable(response.status)
  return { response, body: (await response.json().catch(() => ({ status: response.status }))) as AllauthBody }
}

/** Sets the token cookie; without it the server refuses every write. */
export async function prepareSignIn(): Promise<void> {
  await call('GET', '/config')
}

export async function signIn(username: string, password: string): Promise<SignIn> {
  if (!csrfToken()) await prepareSignIn()
  return judge(await call('POST', '/auth/login', { username, password }))
}

/** The second step, for accounts that have a one-time code (TOTP). */
export async function signInWithCode(code: string): Promise<SignIn> {
  return judge(await call('POST', '/auth/2fa/authenticate', { code }))
}

export async function signOut(): Promise<void> {
  await call('DELETE', '/auth/session')
}

function judge({ response, body }: { response: Response; body: AllauthBody }): SignIn {
  if (response.ok) return { result: 'in' }
  if (response.status === 401 && body.data?.flows?.some((flow) => flow.id === 'mfa_authenticate' && flow.is_pending)) {
    return { result: 'code' }
  }
  const codes = (body.errors ?? []).map((error) => error.code)
  if (response.status === 409) return { result: 'in' } // already signed in, in another tab
  if (response.status === 429 || codes.includes('too_many_login_attempts')) {
    const seconds = Number(response.headers.get('Retry-After'))
    return { result: 'locked', minutes: seconds > 0 ? Math.ceil(seconds / 60) : undefined }
  }
  if (codes.includes('account_inactive') || codes.includes('inactive')) return { result: 'inactive' }
  return { result: 'wrong' }
}
