// isolated-vm behind node:http: one isolate and context for all requests, a time-out for each.
import { readFileSync } from 'node:fs'
import http from 'node:http'

const [, , port, library] = process.argv
const { default: ivm } = await import(library)
const isolate = new ivm.Isolate({ memoryLimit: 32 })
const context = isolate.createContextSync()
context.evalSync(`${readFileSync('tenant.js', 'utf8')}
function run(path, fields) {
  const headers = JSON.parse(fields)
  return JSON.stringify(handle(path, (name) => headers[name]))
}`)
const run = context.global.getSync('run', { reference: true })

http
  .createServer((request, response) => {
    const values = [request.url, JSON.stringify(request.headers)]
    const answer = JSON.parse(run.applySync(undefined, values, { timeout: 20 }))
    response.writeHead(answer.status, answer.headers)
    response.end(answer.body)
  })
  .listen(Number(port), '127.0.0.1')
