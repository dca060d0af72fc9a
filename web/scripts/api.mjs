// Types of the server's API from its own description. They are made before every
// check and never committed, so that they cannot be out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import openapiTS, { astToString } from 'openapi-typescript'

const from = new URL('../../api/openapi.json', import.meta.url)
const to = new URL('../src/shell/api.d.ts', import.meta.url)

const text = '// Made from api/openapi.json by npm run api.\n' + astToString(await openapiTS(from, { emptyObjectsUnknown: true }))
if (!existsSync(to) || readFileSync(to, 'utf8') !== text) writeFileSync(to, text)
