/**
 * The least of a web API that shows what crossing costs: headers are asked for one by one, the
 * answer is one call, primordials are kept from the script.
 */
export const BOOTSTRAP = `(function (global) {
  'use strict'
  const { host } = global
  const uncurry = Function.prototype.call.bind.bind(Function.prototype.call)
  const [lower, push, join, then] = [
    String.prototype.toLowerCase, Array.prototype.push, Array.prototype.join, Promise.prototype.then,
  ].map((method) => uncurry(method))
  const { keys } = Object
  const { stringify } = JSON
  const text = String
  const requestHeaders = {
    __proto__: { get: (name) => host(16, typeof name === 'string' ? name : text(name)) ?? null },
  }
  let linesOf
  class Headers {
    #lines = []
    static { linesOf = (headers) => headers.#lines }
    constructor(init) {
      const names = keys(init)
      for (let i = 0; i < names.length; i++) push(this.#lines, lower(names[i]), text(init[names[i]]))
    }
  }
  class Response {
    constructor(body, init) {
      this.body = body === undefined || body === null ? '' : text(body)
      this.status = init?.status ?? 200
      this.headers = init?.headers ? new Headers(init.headers) : undefined
    }
  }
  class Request {
    constructor(method, url) {
      this.method = method
      this.url = url
      this.headers = requestHeaders
    }
  }
  const waiting = new Map()
  const [get, set] = [Map.prototype.get, Map.prototype.set].map((method) => uncurry(method))
  let handler
  Object.assign(global, {
    Response,
    onFetch: (next) => { handler = next },
    lookUp: (key) => new Promise((resolve) => set(waiting, host(17, key), resolve)),
    load: () => {},
    settle: (...list) => { for (let i = 0; i < list.length; i += 3) get(waiting, list[i])(list[i + 2]) },
    enter: (hook, method, url) => {
      const answer = handler(new Request(method, url))
      if (answer instanceof Promise) then(answer, out)
      else out(answer)
    },
  })
  function out(response) {
    const { headers } = response
    host(0, response.status, headers ? join(linesOf(headers), '\\n') : '', response.body)
  }
})(globalThis)`
