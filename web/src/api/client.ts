import createClient, { type Middleware } from 'openapi-fetch'
import { csrfToken } from './csrf'
import { Problem, Unreachable } from './problem'
import type { paths, ProblemBody } from './types'

const withToken: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('X-CSRFToken', csrfToken())
    return request
  },
}

/** The typed client of `/api/v1`. Callers hand its answers to `answer()`, which throws what went wrong. */
export const api = createClient<paths>({
  credentials: 'same-origin',
  fetch: (request) => fetch(request), // looked up at each call, so that tests can stand in for the server
  // repeated keys, as the server reads them: area=…&area=…
  querySerializer: { array: { style: 'form', explode: true } },
})
api.use(withToken)

interface Outcome<T> {
  data?: T
  error?: unknown
  response: Response
}

/**
 * The body of an answer.
 *
 * Throws Problem where the server refused, Unreachable where it did not answer.
 */
export async function answer<T>(sent: Promise<Outcome<T>>): Promise<T> {
  let outcome: Outcome<T>
  try {
    outcome = await sent
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause
    throw new Unreachable(cause)
  }
  if (outcome.response.ok) return outcome.data as T
  throw problemOf(outcome.error, outcome.response)
}

function problemOf(body: unknown, response: Response): Problem | Unreachable {
  // a gateway in front of a stopped server answers 502–504 with a page of its own
  if ([502, 503, 504].includes(response.status) && !isProblem(body)) return new Unreachable(response.status)
  // the database died while the server was saving: as little is known as when no answer came
  if (isProblem(body) && body.code === 'outcome_unknown') return new Unreachable(body.code)
  if (isProblem(body)) return new Problem({ ...body, status: response.status })
  return new Problem({ title: response.statusText, status: response.status, code: `http_${response.status}` })
}

function isProblem(body: unknown): body is ProblemBody {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body
}
