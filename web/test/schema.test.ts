// @vitest-environment node
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import openapiTS, { astToString } from 'openapi-typescript'
import { expect, it } from 'vitest'

const web = join(import.meta.dirname, '..')

it('the types of the API are those of the OpenAPI file (`pnpm types` writes them)', async () => {
  const document = JSON.parse(readFileSync(join(web, 'openapi.json'), 'utf8')) as Parameters<typeof openapiTS>[0]
  const made = astToString(await openapiTS(document))
  const kept = readFileSync(join(web, 'src/api/schema.d.ts'), 'utf8')
  expect(kept.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '').trim()).toBe(made.trim())
})
