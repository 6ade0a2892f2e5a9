// quickjs-emscripten behind node:http as its documentation shows it: one context for all requests.
import { readFileSync } from 'node:fs'
import http from 'node:http'

const [, , port, library] = process.argv
const { getQuickJS } = await import(library)
const context = (await getQuickJS()).newContext()
context.unwrapResult(context.evalCode(readFileSync('tenant.js', 'utf8'))).dispose()
const handle = context.getProp(context.global, 'handle')

let headers = {}
const header = context.newFunction('header', (name) => {
  const value = headers[context.getString(name)]
  return value === undefined ? context.undefined : context.newString(value)
})

http
  .createServer((request, response) => {
    headers = request.headers
    const path = context.newString(request.url)
    const result = context.unwrapResult(
      context.callFunction(handle, context.undefined, path, header),
    )
    const answer = context.dump(result)
    result.dispose()
    path.dispose()
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  })
  .listen(Number(port), '127.0.0.1')
