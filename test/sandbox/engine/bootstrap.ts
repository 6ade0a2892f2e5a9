/**
 * A small bootstrap for tests: `handle(f)` makes `f` the script's hook, whose answer goes out;
 * `ask(op, …)` asks the host at once, `later(op, …)` waits for its answer.
 */
export const BOOTSTRAP = `(function (global) {
  'use strict'
  const { host } = global
  const uncurry = Function.prototype.call.bind.bind(Function.prototype.call)
  const then = uncurry(Promise.prototype.then)
  const get = uncurry(Map.prototype.get)
  const set = uncurry(Map.prototype.set)
  const remove = uncurry(Map.prototype.delete)
  const text = String
  const waiting = new Map()
  let handler
  global.ask = (op, a, b, c) => host(op, a, b, c)
  global.later = (op, a, b, c) =>
    new Promise((resolve, reject) => set(waiting, host(op, a, b, c), { __proto__: null, resolve, reject }))
  global.handle = (next) => { handler = next }
  function out(answer) {
    host(0, 200, '', typeof answer === 'string' ? answer : text(answer))
  }
  function fail(thrown) {
    try {
      host(1, thrown.name, thrown.message, thrown.stack)
    } catch {
      try {
        host(1, 'Error', text(thrown), '')
      } catch {
        host(1, 'Error', '', '')
      }
    }
  }
  global.enter = (hook, a, b, c) => {
    if (hook === 'value') return handler(a, b, c)
    const answer = handler(a, b, c)
    if (answer instanceof Promise) then(then(answer, out), undefined, fail)
    else out(answer)
  }
  global.settle = (...list) => {
    for (let i = 0; i < list.length; i += 3) {
      const entry = get(waiting, list[i])
      if (!entry) continue
      remove(waiting, list[i])
      if (list[i + 1]) entry.resolve(list[i + 2])
      else entry.reject(list[i + 2])
    }
  }
  global.load = () => {}
})(globalThis)`
